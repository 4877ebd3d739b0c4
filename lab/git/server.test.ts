import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { choosePort } from '../ports.ts';
import { awaitReady, type DaemonOptions, startDaemon, stopDaemon } from '../processes.ts';
import { run } from '../run.ts';
import { ensureCertificate } from './certificate.ts';
import { GitRepository } from './repository.ts';

const folder = mkdtempSync(join(tmpdir(), 'lab-git-'));
const pidFile = join(folder, 'server.pid');
const token = 'canary-0123456789';
let env: Record<string, string>;
let publicUrl: string;
let repository: GitRepository;
let first: string;

beforeAll(async () => {
  const { caFile, ...tls } = await ensureCertificate(join(folder, 'tls'), ['127.0.0.1']);
  const httpsPort = await choosePort(20_000 + (process.pid % 20_000), ['127.0.0.1']);
  const httpPort = await choosePort(httpsPort + 1, ['127.0.0.1']);
  const place = { url: `https://127.0.0.1:${httpsPort}`, repositoriesFolder: join(folder, 'repositories') };
  const config = {
    ...tls,
    ...place,
    addresses: ['127.0.0.1'],
    httpsPort,
    httpPort,
    tokenFile: join(folder, 'token'),
    publicFolder: join(folder, 'public'),
    version: 'v1',
  };
  mkdirSync(config.publicFolder);
  writeFileSync(join(config.publicFolder, 'file'), 'public');
  writeFileSync(config.tokenFile, `${token}\n`);
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const options: DaemonOptions = {
    command: process.execPath,
    args: [fileURLToPath(new URL('server.mjs', import.meta.url)), join(folder, 'config.json')],
    pidFile,
    logFile: join(folder, 'server.log'),
  };
  publicUrl = `http://127.0.0.1:${httpPort}`;
  startDaemon(options);
  await awaitReady(
    'the git server',
    options,
    async () => (await fetch(`${publicUrl}/file`).catch(() => undefined))?.ok === true,
    10_000,
  );
  repository = await GitRepository.open({ git: place }, 'example');
  first = await repository.commit({ 'a.txt': 'one\n', 'run.sh': { mode: '100755', content: '#!/bin/sh\n' } });
  await repository.commit({ 'a.txt': 'two\n' });
  env = askpass(caFile, token);
});

afterAll(async () => {
  await stopDaemon(pidFile, 60_000);
  rmSync(folder, { recursive: true });
});

/** Like the builder: a program prints the token to git on stdout. */
function askpass(caFile: string, password: string): Record<string, string> {
  const program = join(folder, `askpass-${password}`);
  writeFileSync(program, `#!/bin/sh\ncase $1 in Username*) echo x-access-token ;; *) echo ${password} ;; esac\n`, {
    mode: 0o755,
  });
  return { GIT_ASKPASS: program, GIT_SSL_CAINFO: caFile, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_GLOBAL: '/dev/null' };
}

async function fetchCommit(url: string, commit: string, settings: Record<string, string> = env): Promise<string> {
  const clone = mkdtempSync(join(folder, 'clone-'));
  await run('git', ['init', '--quiet', clone]);
  await run('git', ['-C', clone, 'fetch', '--quiet', '--depth', '1', url, commit], { env: settings });
  return run('git', ['-C', clone, 'ls-tree', '-r', '--format=%(objectmode) %(path)', 'FETCH_HEAD']);
}

test('serves any commit by its SHA to a client with the token', async () => {
  expect(await fetchCommit(repository.url, first)).toBe('100644 a.txt\n100755 run.sh');
});

test('refuses a wrong token', async () => {
  const wrong = askpass(env['GIT_SSL_CAINFO'] ?? '', 'wrong');
  await expect(fetchCommit(repository.url, first, wrong)).rejects.toThrow(/Authentication failed/);
});

test('the strict address serves branches but no commit by its SHA', async () => {
  await expect(fetchCommit(repository.strictUrl, first)).rejects.toThrow(/unadvertised object/);
  expect(await fetchCommit(repository.strictUrl, 'refs/heads/main')).toContain('a.txt');
});

test('serves full clones with history', async () => {
  const clone = join(folder, 'whole');
  await run('git', ['clone', '--quiet', repository.strictUrl, clone], { env });
  expect(await run('git', ['-C', clone, 'rev-list', '--count', 'HEAD'])).toBe('2');
});

test('the same files give the same commit', async () => {
  const other = await GitRepository.open(
    { git: { url: 'https://x', repositoriesFolder: join(folder, 'others') } },
    'twin',
  );
  const commit = await other.commit({ 'a.txt': 'one\n', 'run.sh': { mode: '100755', content: '#!/bin/sh\n' } });
  expect(commit).toBe(first);
});

test('serves no file from outside its public folder', async () => {
  expect(await (await fetch(`${publicUrl}/file`)).text()).toBe('public');
  expect((await fetch(`${publicUrl}/%2e%2e%2ftoken`)).status).toBe(404);
});
