import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

test('forwards signals and ends by the same one', async () => {
  const child = spawn(process.execPath, [ensure, 'sh', '-c', 'echo up; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
});
