import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const ensure = path.join(import.meta.dirname, 'ensure.mjs');

async function run(
  words: readonly string[],
  input = '',
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [ensure, ...words]);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (output.stderr += String(chunk)));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

test('passes through input, output and exit code', async () => {
  const script = 'process.stdin.pipe(process.stdout); process.exitCode = 7';
  expect(await run(['node', '-e', script], 'hello')).toEqual({ code: 7, stdout: 'hello', stderr: '' });
});

test('finds the tools of the project', async () => {
  expect((await run(['tsc', '--version'])).stdout).toMatch(/^Version /);
});

test('reports a tool that does not exist', async () => {
  const { code, stderr } = await run(['no-such-tool']);
  expect(code).toBe(127);
  expect(stderr).toContain('cannot run no-such-tool');
});

test('installs again only where a package of the lock file is missing or has another version', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'twinhull-ensure-'));
  try {
    const modules = path.join(root, 'node_modules');
    for (const folder of ['scripts', 'node_modules/one', 'bin'])
      mkdirSync(path.join(root, folder), { recursive: true });
    copyFileSync(ensure, path.join(root, 'scripts/ensure.mjs'));
    writeFileSync(path.join(modules, 'one/package.json'), '{"version":"1.0.0"}');
    writeFileSync(path.join(modules, '.package-lock.json'), '{}');
    writeFileSync(path.join(root, 'bin/npm'), '#!/bin/sh\nexit 9\n', { mode: 0o755 });
    const start = async (packages: Record<string, unknown>) => {
      writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...packages } }));
      utimesSync(path.join(modules, '.package-lock.json'), new Date(0), new Date(0));
      const env = { ...process.env, PATH: `${path.join(root, 'bin')}:${process.env['PATH'] ?? ''}` };
      const child = spawn(process.execPath, [path.join(root, 'scripts/ensure.mjs'), 'node', '-e', ''], { env });
      const [code] = (await once(child, 'close')) as [number | null];
      return code;
    };
    const one = { version: '1.0.0' };
    expect(await start({ 'node_modules/one': { ...one, dev: true } })).toBe(0);
    expect(await start({ 'node_modules/one': one, 'node_modules/other': { version: '2.0.0', optional: true } })).toBe(
      0,
    );
    expect(await start({ 'node_modules/one': { version: '1.0.1' } })).toBe(1);
    expect(await start({ 'node_modules/one': one, 'node_modules/other': { version: '2.0.0' } })).toBe(1);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('forwards signals and ends by the same one', async () => {
  const child = spawn(process.execPath, [ensure, 'sh', '-c', 'echo up; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
});
