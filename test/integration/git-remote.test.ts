import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GitRepository } from '../../lab/git/repository.ts';
import { createRepository, type Lab, readLab } from '../../lab/lab.ts';
import type { GitRemoteOptions } from '../../src/adapters/git/call-remote.ts';
import { detectRepository } from '../../src/adapters/git/detect-repository.ts';
import { resolveReference } from '../../src/adapters/git/resolve-reference.ts';
import { hostAudience, parseGitAudience } from '../../src/domain/git-audience.ts';
import { refNameProblem } from '../../src/domain/git-reference.ts';
import { pollUntil } from '../helpers/poll-until.ts';

const run = promisify(execFile);
const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];

let lab: Lab;
let repository: GitRepository;
let url: string;
let token: string;
let first: string;
let second: string;
let sideways: string;
let folder: string;

beforeAll(async () => {
  lab = (await readLab()) ?? expect.fail('the lab is not up');
  token = (await readFile(lab.git.tokenFile, 'utf8')).trim();
  ({
    repository,
    url,
    commit: first,
  } = await createRepository(lab, `git-remote-${randomBytes(6).toString('hex')}`, { a: '1' }));
  second = await repository.commit({ a: '2' });
  sideways = await repository.commit({ a: '3' }, { branch: 'feature/x', from: first });
  await repository.tag('light', first);
  await repository.tag('both', first);
  await repository.commit({ a: '4' }, { branch: 'both', from: second });
  await repository.git(['-c', 'user.name=t', '-c', 'user.email=t@example.org', 'tag', '-a', '-m', 'm', 'v1.0', first]);
});

afterAll(() => repository.remove());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhull-git-test-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A credential for any requested host, unless it is bound. */
function withToken(text: string, audience?: string): NonNullable<GitRemoteOptions['credential']> {
  return async (address) => ({
    audience: audience === undefined ? hostAudience(address) : parseGitAudience('it', audience),
    username: 'x-access-token',
    token: text,
  });
}

function options(change: GitRemoteOptions = {}): GitRemoteOptions {
  return { credential: withToken(token), caFile: lab.git.caFile, workFolder: folder, ...change };
}

describe('resolveReference', () => {
  it('finds branches, tags and the default branch', async () => {
    expect(await resolveReference(url, 'main', options())).toEqual({ commit: second, branch: 'main' });
    expect(await resolveReference(url, 'HEAD', options())).toEqual({ commit: second, branch: 'main' });
    expect(await resolveReference(url, 'feature/x', options())).toEqual({ commit: sideways, branch: 'feature/x' });
    expect(await resolveReference(url, 'light', options())).toEqual({ commit: first, ref: 'refs/tags/light' });
  });

  it('follows an annotated tag to its commit', async () => {
    expect(await resolveReference(url, 'v1.0', options())).toEqual({ commit: first, ref: 'refs/tags/v1.0' });
    expect(await resolveReference(url, 'refs/tags/v1.0', options())).toEqual({ commit: first, ref: 'refs/tags/v1.0' });
  });

  it('prefers a branch to a tag of the same name, unless the tag is named in full', async () => {
    expect(await resolveReference(url, 'both', options())).toEqual({
      commit: await repository.head('both'),
      branch: 'both',
    });
    expect(await resolveReference(url, 'refs/tags/both', options())).toEqual({ commit: first, ref: 'refs/tags/both' });
  });

  it.each(['refs/pull/1/head', 'refs/merge-requests/7/head', 'refs/changes/34/1234/2'])(
    'finds %s, which is neither branch nor tag',
    async (ref) => {
      await repository.git(['update-ref', ref, sideways]);
      expect(await resolveReference(url, ref, options())).toEqual({ commit: sideways, ref });
      expect(await resolveReference(repository.strictUrl, ref, options())).toEqual({ commit: sideways, ref });
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it.each([
    ['a tree', 'light-tree', ['update-ref', 'refs/tags/light-tree', 'main^{tree}'], 'tree'],
    ['a file', 'light-file', ['update-ref', 'refs/tags/light-file', 'main:a'], 'file'],
    ['a tree, annotated', 'tree', [...identity, 'tag', '-a', '-m', 'm', 'tree', 'main^{tree}'], 'tree'],
    ['a file, as another reference', 'refs/pull/9/head', ['update-ref', 'refs/pull/9/head', 'main:a'], 'file'],
  ])('reports what a tag of %s points to', async (_, reference, command, what) => {
    await repository.git(command);
    const name = reference.startsWith('refs/') ? reference : `refs/tags/${reference}`;
    const error = { code: 'ReferenceInvalid', message: `"${name}" of ${url} is not a commit: it points to a ${what}` };
    await expect(resolveReference(url, reference, options())).rejects.toMatchObject(error);
    await repository.git(['update-ref', '-d', name]);
  });

  it('does not resolve an abbreviated tree as a commit', async () => {
    const tree = (await repository.git(['rev-parse', 'main^{tree}'])).trim();
    await repository.tag('some-tree', tree);
    const error = { code: 'ReferenceInvalid', message: expect.stringContaining('points to a tree') as string };
    await expect(resolveReference(url, tree.slice(0, 10), options())).rejects.toMatchObject(error);
    await repository.git(['update-ref', '-d', 'refs/tags/some-tree']);
  });

  it('refuses a repository with SHA-256 object names', async () => {
    const name = `git-remote-${randomBytes(6).toString('hex')}`;
    const bare = join(lab.git.repositoriesFolder, `${name}.git`);
    await run('git', ['init', '--quiet', '--bare', '--object-format=sha256', '--initial-branch=main', bare]);
    try {
      const other = await GitRepository.open(lab, name);
      const commit = await other.commit({ a: '1' });
      const message = expect.stringContaining('repositories with SHA-256 object names are not supported') as string;
      for (const [reference, code] of [
        ['main', 'RepositoryInvalid'],
        ['HEAD', 'RepositoryInvalid'],
        [commit.slice(0, 9), 'RepositoryInvalid'],
        [commit, 'ReferenceInvalid'],
      ] as const)
        await expect(resolveReference(other.url, reference, options())).rejects.toMatchObject({ code, message });
    } finally {
      await rm(bare, { recursive: true });
    }
  });

  it('resolves a full commit without a request', async () => {
    const noCredential = { credential: () => expect.fail('the token was asked for') };
    expect(await resolveReference('https://missing.invalid/x.git', 'A'.repeat(40), noCredential)).toEqual({
      commit: 'a'.repeat(40),
    });
  });

  it('finds an abbreviated commit at a tip, and deep in the history, on either kind of server', async () => {
    const deep = await repository.commit({ b: '1' }, { branch: 'deep' });
    const tip = await repository.commit({ b: '2' }, { branch: 'deep' });
    expect(await resolveReference(url, tip.slice(0, 8).toUpperCase(), options())).toEqual({ commit: tip });
    expect(await resolveReference(url, deep.slice(0, 8), options())).toEqual({ commit: deep });
    expect(await resolveReference(repository.strictUrl, deep.slice(0, 8), options())).toEqual({ commit: deep });
    expect(await readdir(folder)).toEqual([]);
  });

  it('prefers a branch with a hexadecimal name to a commit', async () => {
    const name = second.slice(0, 9);
    await repository.git(['update-ref', `refs/heads/${name}`, first]);
    expect(await resolveReference(url, name, options())).toEqual({ commit: first, branch: name });
    await repository.deleteBranch(name);
  });

  it.each([
    'nope',
    'refs/pull/404/head',
    'refs/heads/light',
    'refs/tags/main',
    'ain',
    'eature/x',
    '0000000',
    'deadbeefdeadbeef',
  ])('does not find %s', async (reference) => {
    await expect(resolveReference(url, reference, options())).rejects.toMatchObject({
      code: 'CommitNotFound',
      message: expect.stringContaining(url) as string,
    });
  });

  it('reports denied access, never the token', async () => {
    const wrong = `canary-${randomBytes(8).toString('hex')}`;
    const error = await refusal(url, { credential: withToken(wrong) });
    expect(error).toMatchObject({
      code: 'GitAccessDenied',
      message: expect.stringContaining(`refused the token (user name x-access-token) for ${url}`) as string,
    });
    expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toContain(wrong);
    expect(await refusal(url, { credential: undefined })).toMatchObject({
      code: 'GitAccessDenied',
      hint: expect.stringContaining('TWINHULL_GIT_TOKEN_FILE') as string,
    });
    expect(await refusal(url, { credential: withToken('two\nlines') })).toMatchObject({
      code: 'GitAccessDenied',
    });
    expect(await refusal(`${lab.git.url}/no-such.git`)).toMatchObject({
      code: 'GitAccessDenied',
      message: expect.stringContaining('shows no repository') as string,
    });
  });

  it('reports an unreachable or untrusted server', async () => {
    expect(await refusal(url, { caFile: undefined })).toMatchObject({
      code: 'GitUnreachable',
      message: expect.stringMatching(/certificate/i) as string,
      hint: expect.stringContaining('TWINHULL_GIT_CA_FILE') as string,
    });
    expect(await refusal(url, { caFile: '/nonexistent/ca.pem' })).toMatchObject({ code: 'SettingInvalid' });
    expect(await refusal('https://missing.invalid/x.git')).toMatchObject({
      code: 'GitUnreachable',
      retryable: true,
    });
  });

  it('times out on a silent server, and leaves no process behind', async () => {
    const server = await silentServer();
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.git`;
    expect(await refusal(address, { timeoutMilliseconds: 500 })).toMatchObject({
      code: 'GitUnreachable',
      message: expect.stringContaining('did not respond') as string,
    });
    await pollUntil(
      'git and its helpers to end',
      async () => !(await commandLines()).some((line) => line.includes(address)),
    );
    const stop = new AbortController();
    const asked = resolveReference(address, 'main', { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    server.close();
  });

  it('exposes the token neither in argv nor in the environment of git and its helpers', async () => {
    const recording = join(folder, 'recording');
    await installRecorder(folder, recording);
    const path = process.env['PATH'];
    process.env['PATH'] = `${join(folder, 'bin')}${delimiter}${path}`;
    try {
      expect(await resolveReference(url, 'main', options())).toMatchObject({ commit: second });
    } finally {
      process.env['PATH'] = path;
    }
    const seen = await readFile(recording, 'utf8');
    expect(seen).toContain('ls-remote');
    expect(seen).not.toContain(token);
  });

  it('sends the token only to the host of the repository', async () => {
    const other = await recordingServer();
    const redirecting = await recordingServer(`http://127.0.0.1:${other.port}`);
    const error = await refusal(`http://localhost:${redirecting.port}/x.git`);
    expect(error.code).toMatch(/^Git/);
    expect(other.requests()).toBeGreaterThan(0);
    expect(other.credentials()).toEqual([]);
    other.close();
    redirecting.close();
  });

  it.each([
    ['another host', 'github.com'],
    ['another port', '127.0.0.1:1'],
    ['the standard port', '127.0.0.1'],
    ['a sibling path', 'HOST/team'],
    ['a longer path', 'HOST/team-evil/x/y'],
  ])('sends no token bound to %s, and names the setting', async (_, audience) => {
    const strange = await recordingServer();
    const bound = audience.replace('HOST', `127.0.0.1:${strange.port}`);
    const error = await refusal(`http://127.0.0.1:${strange.port}/team-evil/x.git`, {
      credential: withToken(token, bound),
    });
    strange.close();
    expect(error).toMatchObject({
      code: 'GitAccessDenied',
      message: expect.stringContaining('refused access without a token') as string,
      hint: expect.stringContaining(`TWINHULL_GIT_HOST=127.0.0.1:${strange.port}`) as string,
    });
    expect(strange.requests()).toBeGreaterThan(0);
    expect(strange.credentials()).toEqual([]);
  });

  it('uses a token bound to the path or to the repository', async () => {
    const { host } = new URL(url);
    for (const [address, audience] of [
      [url, `${host}/${repository.name}`],
      [url, `${host}/${repository.name}.git`],
      [repository.strictUrl, `${host}/strict`],
      [url, host.toUpperCase()],
    ] as const)
      expect(
        await resolveReference(address, 'main', options({ credential: withToken(token, audience) })),
      ).toMatchObject({
        commit: second,
      });
  });

  it('sends the token to its own host, then along no redirect to another host or port', async () => {
    const other = await recordingServer();
    const first = await recordingServer(`http://127.0.0.1:${other.port}`, 'authorized');
    expect((await refusal(`http://localhost:${first.port}/x.git`)).code).toMatch(/^Git/);
    expect(first.credentials().length).toBeGreaterThan(0);
    expect(other.credentials()).toEqual([]);
    for (const server of [other, first]) server.close();
  });

  it('sends a token bound to a path along no redirect, not even on its own host', async () => {
    const server = await recordingServer('/evil', 'authorized');
    const host = `127.0.0.1:${server.port}`;
    await refusal(`http://${host}/team/x.git`, { credential: withToken(token, `${host}/team`) });
    server.close();
    expect(server.credentials().length).toBeGreaterThan(0);
    expect(server.paths().filter((path) => path.startsWith('/evil'))).toEqual([]);
  });

  it('sends loopback requests through no proxy', async () => {
    const [server, proxy] = [await recordingServer(), await recordingServer()];
    const before = process.env['http_proxy'];
    process.env['http_proxy'] = `http://127.0.0.1:${proxy.port}`;
    await refusal(`http://127.0.0.1:${server.port}/x.git`).finally(() => {
      if (before === undefined) delete process.env['http_proxy'];
      else process.env['http_proxy'] = before;
    });
    for (const one of [server, proxy]) one.close();
    expect(server.credentials().length).toBeGreaterThan(0);
    expect(proxy.requests()).toBe(0);
  });

  it('ignores the git configuration of the current folder', async () => {
    const strange = await recordingServer();
    const evil = `http://127.0.0.1:${strange.port}`;
    const configure = (...words: string[]) => run('git', ['-C', folder, 'config', ...words]);
    await run('git', ['init', '--quiet', folder]);
    await configure(`url.${evil}/.insteadOf`, `${lab.git.url}/`);
    await configure('http.proxy', evil);
    await configure('protocol.http.allow', 'always');
    const here = process.cwd();
    process.chdir(folder);
    try {
      expect(await resolveReference(url, 'main', options())).toMatchObject({ commit: second });
    } finally {
      process.chdir(here);
      strange.close();
    }
    expect(strange.requests()).toBe(0);
  });

  it('ignores the git configuration of the user', async () => {
    await writeFile(
      join(folder, '.gitconfig'),
      `[url "https://missing.invalid/"]\n  insteadOf = ${lab.git.url}/\n[credential]\n  helper = "!echo password=evil; :"\n`,
    );
    const home = process.env['HOME'];
    process.env['HOME'] = folder;
    try {
      expect(await resolveReference(url, 'main', options())).toMatchObject({ commit: second });
    } finally {
      process.env['HOME'] = home;
    }
  });
});

describe('detectRepository', () => {
  const git = (...args: string[]) =>
    run('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]);

  it('reads origin, HEAD and branch, from any folder of the checkout', async () => {
    await git('init', '--quiet', '--initial-branch=work');
    await git('commit', '--quiet', '--allow-empty', '--message=m');
    await git('remote', 'add', 'origin', 'git@github.com:org/repo.git');
    await mkdir(join(folder, 'sub'));
    const commit = (await git('rev-parse', 'HEAD')).stdout.trim();
    expect(await detectRepository(join(folder, 'sub'))).toEqual({
      repository: 'https://github.com/org/repo.git',
      commit,
      branch: 'work',
    });
    await git('checkout', '--quiet', '--detach');
    expect(await detectRepository(folder)).toEqual({ repository: 'https://github.com/org/repo.git', commit });
  });

  it('strips credentials from the address', async () => {
    await git('init', '--quiet');
    await git('remote', 'add', 'origin', 'https://user:canary@git.example.org/x.git');
    await git('commit', '--quiet', '--allow-empty', '--message=m');
    expect((await detectRepository(folder)).repository).toBe('https://git.example.org/x.git');
  });

  it('reports missing values', async () => {
    await expect(detectRepository(folder)).rejects.toMatchObject({ code: 'RepositoryInvalid' });
    await git('init', '--quiet');
    await git('remote', 'add', 'origin', 'https://git.example.org/x.git');
    await expect(detectRepository(folder)).rejects.toMatchObject({ code: 'CommitNotFound' });
    await git('remote', 'set-url', 'origin', '/srv/x.git');
    await git('commit', '--quiet', '--allow-empty', '--message=m');
    await expect(detectRepository(folder)).rejects.toMatchObject({ code: 'RepositoryInvalid' });
  });
});

it('refuses exactly the branch names that git refuses', async () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom('a', '/', '.', '..', '.lock', '@{', '@', '~', ' ', '\\', '-', 'HEAD', 'ü', '*', ':'),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(pieces, async (parts) => {
      const name = parts.join('');
      if (name.includes('\0')) return;
      const taken = await run('git', ['check-ref-format', '--branch', name]).then(
        ({ stdout }) => stdout.trimEnd() === name,
        () => false,
      );
      expect([name, refNameProblem(name) === undefined]).toEqual([name, taken && name !== '@']);
    }),
    { numRuns: 150 },
  );
});

async function refusal(address: string, change: GitRemoteOptions = {}): Promise<Error & { code: string }> {
  return resolveReference(address, 'main', options(change)).then(
    () => expect.fail(`${address} was not refused`),
    (error: unknown) => error as Error & { code: string },
  );
}

function silentServer(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1', () =>
      resolve(server),
    );
  });
}

/**
 * A git server that requires a credential and records which it got; or one that redirects every request, or every
 * authorized one, to `redirectTo`.
 */
async function recordingServer(redirectTo?: string, which: 'all' | 'authorized' = 'all') {
  const requests: { readonly path: string; readonly authorization: string | undefined }[] = [];
  const server = createHttpServer(({ url: path = '', headers: { authorization } }, response) => {
    requests.push({ path, authorization });
    const isRedirected = redirectTo !== undefined && (which === 'all' || authorization !== undefined);
    if (isRedirected) response.writeHead(302, { location: `${redirectTo}${path}` });
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => requests.length,
    paths: () => requests.map(({ path }) => path),
    credentials: () => requests.flatMap(({ authorization }) => authorization ?? []),
    close: () => server.close(),
  };
}

/** Command lines of every process on the machine. */
async function commandLines(): Promise<string[]> {
  return (await run('ps', ['-eo', 'args'])).stdout.split('\n');
}

/** A wrapper of the real git that records its arguments and those of other processes. */
async function installRecorder(where: string, recording: string): Promise<void> {
  const real = (await run('sh', ['-c', 'command -v git'])).stdout.trim();
  await mkdir(join(where, 'bin'));
  await writeFile(
    join(where, 'bin', 'git'),
    `#!/bin/sh\n{ printf '%s\\n' "$@"; env; } >> '${recording}'\nexec '${real}' "$@"\n`,
  );
  await chmod(join(where, 'bin', 'git'), 0o755);
}
