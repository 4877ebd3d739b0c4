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
import { createRepository, type GitRepository, type Lab, readLab } from '../../lab/lab.ts';
import { detectRepository, type GitRemoteOptions, resolveReference } from '../../src/adapters/git/git-remote.ts';
import { refNameProblem } from '../../src/domain/git-reference.ts';
import { pollUntil } from '../helpers/poll-until.ts';

const run = promisify(execFile);

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

function options(change: GitRemoteOptions = {}): GitRemoteOptions {
  return { token: () => Promise.resolve(token), caFile: lab.git.caFile, workFolder: folder, ...change };
}

describe('resolveReference', () => {
  it('finds branches, tags and the default branch', async () => {
    expect(await resolveReference(url, 'main', options())).toEqual({ commit: second, branch: 'main' });
    expect(await resolveReference(url, 'HEAD', options())).toEqual({ commit: second, branch: 'main' });
    expect(await resolveReference(url, 'feature/x', options())).toEqual({ commit: sideways, branch: 'feature/x' });
    expect(await resolveReference(url, 'light', options())).toEqual({ commit: first });
  });

  it('follows an annotated tag to its commit', async () => {
    expect(await resolveReference(url, 'v1.0', options())).toEqual({ commit: first });
    expect(await resolveReference(url, 'refs/tags/v1.0', options())).toEqual({ commit: first });
  });

  it('prefers a branch to a tag of the same name, unless the tag is named in full', async () => {
    expect(await resolveReference(url, 'both', options())).toEqual({
      commit: await repository.head('both'),
      branch: 'both',
    });
    expect(await resolveReference(url, 'refs/tags/both', options())).toEqual({ commit: first });
  });

  it('takes a full commit without asking anyone', async () => {
    const nobody = { token: () => expect.fail('the token was asked for') };
    expect(await resolveReference('https://nobody.invalid/x.git', 'A'.repeat(40), nobody)).toEqual({
      commit: 'a'.repeat(40),
    });
  });

  it('finds the beginning of a commit at a tip, and deep in the history, by either kind of server', async () => {
    const deep = await repository.commit({ b: '1' }, { branch: 'deep' });
    const tip = await repository.commit({ b: '2' }, { branch: 'deep' });
    expect(await resolveReference(url, tip.slice(0, 8).toUpperCase(), options())).toEqual({ commit: tip });
    expect(await resolveReference(url, deep.slice(0, 8), options())).toEqual({ commit: deep });
    expect(await resolveReference(repository.strictUrl, deep.slice(0, 8), options())).toEqual({ commit: deep });
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes hexadecimal digits for a branch before it takes them for a commit', async () => {
    const name = second.slice(0, 9);
    await repository.git(['update-ref', `refs/heads/${name}`, first]);
    expect(await resolveReference(url, name, options())).toEqual({ commit: first, branch: name });
    await repository.deleteBranch(name);
  });

  it.each(['nope', 'refs/heads/light', 'refs/tags/main', 'ain', 'eature/x', '0000000', 'deadbeefdeadbeef'])(
    'does not find %s',
    async (reference) => {
      await expect(resolveReference(url, reference, options())).rejects.toMatchObject({
        code: 'CommitNotFound',
        message: expect.stringContaining(url) as string,
      });
    },
  );

  it('says which access was refused, never the token', async () => {
    const wrong = `canary-${randomBytes(8).toString('hex')}`;
    const error = await refusal(url, { token: () => Promise.resolve(wrong) });
    expect(error).toMatchObject({
      code: 'GitAccessDenied',
      message: expect.stringContaining(`refused the token for ${url}`) as string,
    });
    expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toContain(wrong);
    expect(await refusal(url, { token: undefined })).toMatchObject({
      code: 'GitAccessDenied',
      hint: expect.stringContaining('TWINHULL_GIT_TOKEN_FILE') as string,
    });
    expect(await refusal(url, { token: () => Promise.resolve('two\nlines') })).toMatchObject({
      code: 'GitAccessDenied',
    });
    expect(await refusal(`${lab.git.url}/no-such.git`)).toMatchObject({
      code: 'GitAccessDenied',
      message: expect.stringContaining('shows no repository') as string,
    });
  });

  it('says when the server cannot be reached or trusted', async () => {
    expect(await refusal(url, { caFile: undefined })).toMatchObject({
      code: 'GitUnreachable',
      message: expect.stringMatching(/certificate/i) as string,
      hint: expect.stringContaining('TWINHULL_GIT_CA_FILE') as string,
    });
    expect(await refusal(url, { caFile: '/nonexistent/ca.pem' })).toMatchObject({ code: 'SettingInvalid' });
    expect(await refusal('https://nobody.invalid/x.git')).toMatchObject({ code: 'GitUnreachable', retryable: true });
  });

  it('waits for a silent server no longer than it may, and leaves no process behind', async () => {
    const server = await silentServer();
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.git`;
    expect(await refusal(address, { timeoutMilliseconds: 500 })).toMatchObject({
      code: 'GitUnreachable',
      message: expect.stringContaining('did not answer') as string,
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

  it('shows the token neither to argv nor to the environment of git and its helpers', async () => {
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

  it('sends the token to the host of the repository alone', async () => {
    const other = await recordingServer();
    const redirecting = await recordingServer(`http://127.0.0.1:${other.port}`);
    const error = await refusal(`http://localhost:${redirecting.port}/x.git`);
    expect(error.code).toMatch(/^Git/);
    expect(other.requests()).toBeGreaterThan(0);
    expect(other.credentials()).toEqual([]);
    other.close();
    redirecting.close();
  });

  it('heeds no configuration of the user', async () => {
    await writeFile(
      join(folder, '.gitconfig'),
      `[url "https://nobody.invalid/"]\n  insteadOf = ${lab.git.url}/\n[credential]\n  helper = "!echo password=evil; :"\n`,
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

  it('drops a credential from the address', async () => {
    await git('init', '--quiet');
    await git('remote', 'add', 'origin', 'https://user:canary@git.example.org/x.git');
    await git('commit', '--quiet', '--allow-empty', '--message=m');
    expect((await detectRepository(folder)).repository).toBe('https://git.example.org/x.git');
  });

  it('says what is missing', async () => {
    await expect(detectRepository(folder)).rejects.toMatchObject({ code: 'RepositoryInvalid' });
    await git('init', '--quiet');
    await git('remote', 'add', 'origin', 'https://git.example.org/x.git');
    await expect(detectRepository(folder)).rejects.toMatchObject({ code: 'CommitNotFound' });
    await git('remote', 'set-url', 'origin', '/srv/x.git');
    await git('commit', '--quiet', '--allow-empty', '--message=m');
    await expect(detectRepository(folder)).rejects.toMatchObject({ code: 'RepositoryInvalid' });
  });
});

it('allows no branch that git refuses, and refuses none for nothing', async () => {
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

/** A git server that wants a credential and notes which it got; or one that sends everybody elsewhere. */
async function recordingServer(redirectTo?: string) {
  const authorizations: (string | undefined)[] = [];
  const server = createHttpServer(({ url: path = '', headers }, response) => {
    authorizations.push(headers.authorization);
    if (redirectTo === undefined) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' });
    else response.writeHead(302, { location: `${redirectTo}${path}` });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => authorizations.length,
    credentials: () => authorizations.filter((authorization) => authorization !== undefined),
    close: () => server.close(),
  };
}

/** Command lines of every process on the machine. */
async function commandLines(): Promise<string[]> {
  return (await run('ps', ['-eo', 'args'])).stdout.split('\n');
}

/** A git in front of the real one that writes down what it and its like were given. */
async function installRecorder(where: string, recording: string): Promise<void> {
  const real = (await run('sh', ['-c', 'command -v git'])).stdout.trim();
  await mkdir(join(where, 'bin'));
  await writeFile(
    join(where, 'bin', 'git'),
    `#!/bin/sh\n{ printf '%s\\n' "$@"; env; } >> '${recording}'\nexec '${real}' "$@"\n`,
  );
  await chmod(join(where, 'bin', 'git'), 0o755);
}
