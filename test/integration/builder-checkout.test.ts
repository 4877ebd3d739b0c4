import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, request as httpsRequest } from 'node:https';
import { dirname } from 'node:path';
import { beforeAll, describe, it } from 'vitest';
import { certificateFiles } from '../../lab/git/certificate.ts';
import { run } from '../../lab/run.ts';
import { exitCodes } from '../../src/builder/contract.ts';
import { BuilderBed, type BuilderJob, type EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';

const steps = [scriptStep('task', 'show.sh')];

const oddBranch = 'side/$(touch${IFS}x)';

describe.concurrent('the commit of a job', () => {
  let bed: BuilderBed;
  let url: string;
  let strictUrl: string;
  const commits = { first: '', main: '', side: '' };
  beforeAll(async () => {
    bed = await BuilderBed.open();
    // The script fails, so that a job ends once the checkout is done.
    const script = 'git log --format="history %H"; git config --list --local; cat .git/shallow; cat sub/file; exit 9\n';
    const { repository, ...created } = await bed.repository({ 'show.sh': script });
    ({ url, strictUrl } = created);
    commits.first = created.commit;
    commits.main = await repository.commit({ more: 'x' });
    commits.side = await repository.commit({ side: 'x' }, { branch: oddBranch, from: commits.first });
    // A strict server serves the tip of any branch.
    await repository.commit({ side: 'y' }, { branch: oddBranch });
    return async () => await bed.dispose();
  });

  async function checkout(job: Omit<BuilderJob, 'steps'>) {
    const ended = await bed.run({ ...job, steps });
    const history = ended.log.match(/^history .{40}$/gm)?.map((line) => line.slice(8));
    return { ...ended, history };
  }

  it('is fetched alone where the server serves any commit', async ({ expect }) => {
    const { history, reason, notes } = await checkout({ url, commit: commits.first });
    expect(reason).toBe('step-failed');
    expect(history).toEqual([commits.first]);
    expect(notes).toEqual([]);
  });

  it('is fetched with its branch where the server serves only branches', async ({ expect }) => {
    const { history, notes, log } = await checkout({ url: strictUrl, commit: commits.first, branch: 'main' });
    expect(history).toEqual([commits.first]);
    expect(notes).toHaveLength(1);
    expect(log).not.toContain('No such file or directory: .git/shallow');
    expect(log).toContain(`remote.origin.url=${strictUrl}\n`);
  });

  it('is fetched from a branch whose name contains shell syntax', async ({ expect }) => {
    const { history } = await checkout({ url: strictUrl, commit: commits.side, branch: oddBranch });
    expect(history).toEqual([commits.side, commits.first]);
  });

  it.for([{ branch: 'main' }, { branch: 'gone' }, {}])(
    'is found outside the named branch: %j',
    async (named, { expect }) => {
      const { history, notes } = await checkout({ url: strictUrl, commit: commits.side, ...named });
      expect(history).toEqual([commits.side, commits.first]);
      expect(notes.length).toBeGreaterThan(0);
    },
  );

  it.for(['refs/pull/1/head', 'refs/tags/v1', 'refs/stash'])(
    'is fetched by %s where the server serves it by no other ref',
    async (ref, { expect }) => {
      const { repository } = await bed.repository({ 'show.sh': 'git log --format="history %H"; exit 9\n' });
      const commit = await repository.commit({ more: 'x' }, { branch: 'gone', from: 'main' });
      await repository.git(['update-ref', ref, await repository.commit({ more: 'y' }, { branch: 'gone' })]);
      await repository.deleteBranch('gone');
      const { history, notes } = await checkout({ url: repository.strictUrl, commit, ref });
      expect(history).toHaveLength(2);
      expect(history?.[0]).toBe(commit);
      expect(notes).toHaveLength(1);
    },
  );

  it.for([
    [{ depth: 2 }, 2],
    [{ depth: 'full' }, 4],
    [{ depth: 'full', tags: true }, 4],
  ] as const)('is fetched with its history: %j', async ([options, commits], { expect }) => {
    const { repository, ...created } = await bed.repository({ 'show.sh': 'git log --format="history %H"; exit 9\n' });
    let commit = created.commit;
    for (const more of ['1', '2', '3']) commit = await repository.commit({ more });
    const { history, notes } = await checkout({ url: created.url, commit, checkout: options });
    expect(history).toHaveLength(commits);
    expect(history?.[0]).toBe(commit);
    expect(notes).toEqual([]);
  });

  it('is fetched with tags on request, so that git describe works', async ({ expect }) => {
    const { repository, ...created } = await bed.repository({ 'show.sh': 'git describe --tags; exit 9\n' });
    await repository.tag('v1.2', created.commit);
    const commit = await repository.commit({ more: 'x' });
    const described = `v1.2-1-g${commit.slice(0, 7)}\n`;
    for (const url of [created.url, created.strictUrl])
      expect((await checkout({ url, commit, checkout: { depth: 'full', tags: true } })).log).toContain(described);
    const without = await checkout({ url: created.url, commit });
    expect(without.log).toContain('fatal: No names found, cannot describe anything.\n');
  });

  it('is reported with its subject and author, which no text in them can forge', async ({ expect }) => {
    const { repository, ...created } = await bed.repository({ 'show.sh': 'exit 9\n' });
    const tree = (await repository.git(['rev-parse', 'main^{tree}'])).trim();
    const report = async (author: Buffer, message: Buffer) => {
      const head = `tree ${tree}\nauthor `;
      const tail = ' <t@t> 1700000000 +0000\ncommitter T <t@t> 1700000000 +0000\n\n';
      const object = Buffer.concat([Buffer.from(head), author, Buffer.from(tail), message]);
      const commit = (await repository.git(['hash-object', '-t', 'commit', '-w', '--stdin'], object)).trim();
      const { marks, reason, log } = await checkout({ url: created.url, commit });
      expect(reason, log).toBe('step-failed');
      const reports = marks.flatMap((mark) => (mark.verb === 'commit' ? [mark] : []));
      expect(reports).toHaveLength(1);
      // It is all in the one line of the mark.
      expect(log).not.toContain('hostile');
      return [reports[0]?.subject, reports[0]?.author];
    };
    const nonce = '0'.repeat(32);
    const odd = `<b>hostile</b> $(touch x) %an \u001b[31mred\u001b[0m \u202e##twinhull ${nonce} 1.00 end build - 0`;
    expect(await report(Buffer.from('Ada Ł. \u001b[2J"\\'), Buffer.from(`${odd}\r\nsecond\n\nbody\n`))).toEqual([
      `<b>hostile</b> $(touch x) %an red ##twinhull ${nonce} 1.00 end build - 0 second`,
      'Ada Ł. "\\',
    ]);
    const long = Buffer.from(`${'long '.repeat(200_000)}\n`);
    const [subject, author] = await report(Buffer.from([0x41, 0xff, 0xfe, 0x42]), long);
    expect([subject?.length, author]).toEqual([199, 'A\ufffd\ufffdB']);
    expect(await report(Buffer.from(''), Buffer.from('\n\n'))).toEqual([undefined, undefined]);
  });

  it.for([
    ['a tree', 'main^{tree}', 'is a tree, not a commit'],
    ['an annotated tag', 'refs/tags/annotated', 'is a tag, not a commit'],
  ] as const)('is refused with a reason where it is %s', async ([, object, text], { expect }) => {
    const { repository, ...created } = await bed.repository({ 'show.sh': 'exit 9\n' });
    await repository.git(['-c', 'user.name=t', '-c', 'user.email=t@t', 'tag', '-a', '-m', 'm', 'annotated', 'main']);
    const commit = (await repository.git(['rev-parse', object])).trim();
    const ended = await checkout({ url: created.url, commit });
    expect(ended).toMatchObject({ exitCode: exitCodes.clone, reason: 'not-a-commit' });
    expect(failText(ended)).toBe(`${commit} ${text}`);
  });

  it('is refused with a reason in a repository with SHA-256 object names', async ({ expect }) => {
    const { repository, ...created } = await bed.repository({ 'show.sh': 'exit 9\n' });
    repository.remove();
    await run('git', ['init', '--quiet', '--bare', '--object-format=sha256', repository.folder]);
    const ended = await checkout({ url: created.url, commit: created.commit });
    expect(ended).toMatchObject({ exitCode: exitCodes.clone, reason: 'not-a-commit' });
  });

  it('is fetched alone after a transient error of the server', async ({ expect }) => {
    const server = await troubledServer(bed, ['GET 429', 'POST 502']);
    try {
      const ended = await checkout({ url: url.replace(bed.lab.git.url, server.url), commit: commits.first });
      expect(ended.history).toEqual([commits.first]);
      expect(ended.notes).toEqual(['transient failure: retrying in 2 s', 'transient failure: retrying in 3 s']);
      expect(server.troubles).toEqual([]);
    } finally {
      server.close();
    }
  });

  it('is fetched after a 403 for too many requests, which is not reported as a rejected token', async ({ expect }) => {
    const limit = 'GET 403 You have exceeded a secondary rate limit';
    const server = await troubledServer(bed, ['GET 403', limit]);
    const lasting = await troubledServer(bed, [limit, limit, limit, limit]);
    try {
      const at = (other: string) => ({ url: url.replace(bed.lab.git.url, other), commit: commits.first });
      const [passed, failed] = await Promise.all([checkout(at(server.url)), checkout(at(lasting.url))]);
      expect(passed.notes).toEqual(['transient failure: retrying in 2 s', 'transient failure: retrying in 3 s']);
      expect(passed.history).toEqual([commits.first]);
      expect(failed).toMatchObject({ exitCode: exitCodes.clone, reason: 'git-unreachable' });
      expect(lasting.troubles).toEqual([]);
    } finally {
      server.close();
      lasting.close();
    }
  });

  it.for([
    ['an unknown commit', { commit: 'f'.repeat(40) }, 'commit-not-found'],
    ['a wrong token', { token: 'wrong' }, 'token-rejected'],
    ['no token', { token: null }, 'token-rejected'],
    ['an unknown repository', { url: 'none' }, 'token-rejected'],
    ['a server that is not there', { url: 'https://127.0.0.1:1/x.git' }, 'git-unreachable'],
  ] as const)('cannot be cloned with %s', async ([, change, reason], { expect }) => {
    const job = { url, commit: commits.main, ...change };
    const ended = await checkout({ ...job, url: job.url === 'none' ? `${bed.lab.git.url}/none.git` : job.url });
    expect(ended).toMatchObject({ exitCode: exitCodes.clone, reason });
  });

  it('cannot be cloned from a server with an untrusted certificate', async ({ expect }) => {
    const ended = await checkout({ url, commit: commits.main, script: (text) => text.replaceAll('ca.pem', 'no.pem') });
    expect(ended).toMatchObject({ exitCode: exitCodes.clone, reason: 'git-unreachable' });
  });

  it.for(['../NAME.git', 'URL', 'git@HOST:NAME.git', 'ssh://git@HOST/NAME.git'])(
    'includes its submodules from %s, on request',
    async (form, { expect }) => {
      const inner = await bed.repository({ file: 'text of the submodule\n' });
      const address = form
        .replace('URL', inner.url)
        .replace('HOST', new URL(inner.url).hostname)
        .replace('NAME', inner.repository.name);
      const { repository } = await bed.repository({ 'show.sh': 'cat sub/file .git/modules/sub/config; exit 9\n' });
      const commit = await withSubmodule(repository, address, inner.commit);
      const ended = await checkout({ url: repository.url, commit, checkout: { submodules: true } });
      expect(ended.log).toContain('text of the submodule\n');
      expect(ended.log).not.toContain(bed.token);
      const without = await checkout({ url: repository.url, commit });
      expect(without).toMatchObject({ exitCode: exitCodes.checkout, reason: 'submodule-empty' });
    },
  );

  it.for([
    ['the script sees it', scriptStep('task', 'show.sh'), true],
    ['the context holds it', dockerfileStep('app', {}), true],
    ['the context lies in it', dockerfileStep('app', { build: { context: 'sub/more' } }), true],
    [
      'the Dockerfile lies in it',
      dockerfileStep('app', { build: { dockerfile: { path: 'sub/Dockerfile' }, context: 'app' } }),
      true,
    ],
    ['the context is a link to a folder above it', dockerfileStep('app', { build: { context: 'app/link' } }), true],
    ['the context lies beside it', dockerfileStep('app', { build: { context: 'app' } }), false],
  ] as const)('fails with a suggestion where a submodule is empty and %s', async ([, step, isUsed], { expect }) => {
    const files = {
      'show.sh': 'exit 9\n',
      Dockerfile: 'FROM scratch\nCOPY missing /\n',
      'app/link': { mode: '120000', content: '..' },
    } as const;
    const { repository } = await bed.repository(files);
    const commit = await withSubmodule(repository, '../other.git', commits.main);
    const ended = await bed.run({ url: repository.url, commit, steps: [step] });
    expect(ended.reason).toBe(isUsed ? 'submodule-empty' : 'step-failed');
    if (isUsed) expect(failText(ended)).toBe('submodules were not checked out: sub');
    const accepted = await bed.run({ url: repository.url, commit, steps: [step], checkout: { submodules: false } });
    expect(accepted.reason).not.toBe('submodule-empty');
  });

  it('sends no token to the other host of a submodule', async ({ expect }) => {
    const other = await strangeServer(bed);
    const { repository } = await bed.repository({ 'show.sh': 'exit 9\n' });
    const commit = await withSubmodule(repository, `${other.url}/x.git`, commits.main);
    const ended = await checkout({ url: repository.url, commit, checkout: { submodules: true } });
    other.close();
    expect(ended).toMatchObject({ exitCode: exitCodes.checkout, reason: 'submodule-failed' });
    expect(failText(ended)).toBe(`git submodule update failed: no token is configured for ${other.url}`);
    expect(other.requests.length).toBeGreaterThan(0);
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual(other.requests.map(() => undefined));
  });

  it('sends a token bound to a path to submodules below it, and to no sibling', async ({ expect }) => {
    const inner = await bed.repository({ file: 'text of the submodule\n' });
    const { repository } = await bed.repository({ 'show.sh': 'cat sub/file; exit 9\n' });
    const host = new URL(inner.url).host;
    const below = await withSubmodule(repository, inner.strictUrl, inner.commit);
    const strict = {
      url: repository.strictUrl,
      checkout: { submodules: true },
      branch: 'main',
      audience: `${host}/strict`,
    };
    expect((await checkout({ ...strict, commit: below })).log).toContain('text of the submodule\n');
    const sibling = await withSubmodule(repository, inner.url, inner.commit);
    expect(await checkout({ ...strict, commit: sibling })).toMatchObject({ reason: 'submodule-failed' });
  });

  it.for(['file:///etc', 'ext::sh -c touch% /tmp/x', '-u./x'])(
    'fetches no submodule by %s',
    async (address, { expect }) => {
      const { repository } = await bed.repository({ 'show.sh': 'exit 9\n' });
      const commit = await withSubmodule(repository, address, commits.main);
      const ended = await checkout({ url: repository.url, commit, checkout: { submodules: true } });
      expect(ended).toMatchObject({ exitCode: exitCodes.checkout, reason: 'submodule-failed' });
    },
  );
});

describe.concurrent('the token in AWS', () => {
  let bed: BuilderBed;
  let image: string;
  let source: { url: string; commit: string };
  beforeAll(async () => {
    bed = await BuilderBed.open();
    image = await bed.image('instrumented');
    source = await bed.repository({ 'show.sh': 'exit 9\n' });
    return async () => await bed.dispose();
  });

  const json = (token: string): string => JSON.stringify({ user: 'x', token, more: { deep: 'a "token": "b"' } });
  const withHost = (host: string) => (token: string) =>
    JSON.stringify({ host: host.replace('HOST', hostOf(source)), token });

  it.for([
    ['plain text', (token: string) => `${token}\n`, undefined, 'step-failed'],
    ['a key of a JSON object', json, 'token', 'step-failed'],
    ['a key of indented JSON', (token: string) => JSON.stringify({ a: 1, token }, null, 2), 'token', 'step-failed'],
    ['a key that is not there', json, 'tokens', 'secret-unreadable'],
    ['JSON without a key, where it is called token', json, undefined, 'step-failed'],
    ['plain text, with a key', (token: string) => token, 'token', 'secret-unreadable'],
    ['more than one word', () => 'two words', undefined, 'secret-unreadable'],
    ['nothing', () => '', undefined, 'secret-unreadable'],
  ] as const)('is read from a secret: %s', async ([, content, key, reason], { expect }) => {
    const ended = await bed.run({
      ...source,
      steps,
      image,
      token: null,
      secrets: { 'aws-answer': content(bed.token) },
      environment: {
        TWINHULL_GIT_SECRET_ID: 'arn:aws-us-gov:secretsmanager:x:1:secret:pat-Ab',
        TWINHULL_GIT_SECRET_KEY: key,
        TWINHULL_GIT_SECRET_HOST: hostOf(source),
      },
    });
    expect(ended.reason).toBe(reason);
    expect(ended.log).not.toContain(bed.token);
  });

  it.for([
    ['neither the job nor the secret', (token: string) => token, undefined, 'token-unbound'],
    ['neither the job nor the JSON', json, undefined, 'token-unbound'],
    ['the job, as another host', (token: string) => token, 'git.example', 'token-rejected'],
    ['the job, as another port', (token: string) => token, 'PORTLESS', 'token-rejected'],
    ['the job, as a sibling path', (token: string) => token, 'HOST/builder-tes', 'token-rejected'],
    ['the JSON, as another host', withHost('git.example'), undefined, 'token-rejected'],
    ['the JSON, as another host than the job', withHost('git.example'), 'HOST', 'token-rejected'],
    ['the job, as another host than the JSON', withHost('HOST'), 'git.example', 'token-rejected'],
    ['the JSON, in no valid form', withHost('https://HOST'), undefined, 'token-unbound'],
    ['the JSON', withHost('HOST'), undefined, 'step-failed'],
    ['both', withHost('HOST'), 'HOST', 'step-failed'],
    ['the job, as the repository', (token: string) => token, 'REPOSITORY', 'step-failed'],
  ] as const)('is bound to the host given by %s', async ([, content, host, reason], { expect }) => {
    const named = host
      ?.replace('HOST', hostOf(source))
      .replace('PORTLESS', new URL(source.url).hostname)
      .replace('REPOSITORY', source.url.replace('https://', ''));
    const ended = await bed.run({
      ...source,
      steps,
      image,
      token: null,
      secrets: { 'aws-answer': content(bed.token) },
      environment: { TWINHULL_GIT_SECRET_ID: 'pat', TWINHULL_GIT_SECRET_HOST: named },
    });
    expect(ended.reason).toBe(reason);
    expect(ended.log).not.toContain(bed.token);
    if (reason === 'token-rejected') expect(ended.notes).toEqual([expect.stringContaining('so it is not sent to')]);
  });
});

function failText({ marks }: EndedJob): string | undefined {
  return marks.flatMap((mark) => (mark.verb === 'fail' ? [mark.text] : []))[0];
}

function hostOf({ url }: { readonly url: string }): string {
  return new URL(url).host;
}

async function withSubmodule(
  repository: Awaited<ReturnType<BuilderBed['repository']>>['repository'],
  address: string,
  commit: string,
): Promise<string> {
  await repository.commit({ '.gitmodules': `[submodule "sub"]\n\tpath = sub\n\turl = ${address}\n` });
  const tree = await repository.git(['ls-tree', 'main']);
  const input = Buffer.from(`${tree.trimEnd()}\n160000 commit ${commit}\tsub\n`);
  const id = (await repository.git(['mktree', '--missing'], input)).trim();
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@t'];
  const made = (await repository.git([...identity, 'commit-tree', '-p', 'main', '-m', 'submodule', id])).trim();
  await repository.git(['update-ref', 'refs/heads/main', made]);
  return made;
}

/** Asks for a password, as any git server may, with the certificate that the job trusts. */
async function strangeServer(bed: BuilderBed) {
  const folder = dirname(bed.lab.git.caFile);
  const requests: IncomingMessage[] = [];
  const { keyFile, certificateFile } = certificateFiles(folder);
  const tls = { key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
  const server = createServer(tls, (request, response) => {
    requests.push(request);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="strange"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, bed.lab.bridgeAddress, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { requests, url: `https://${bed.lab.bridgeAddress}:${address.port}`, close: () => server.close() };
}

/**
 * The lab's git server, which answers the first requests of a method with an error status.
 * @param planned such as `POST 502`, in order
 */
async function troubledServer(bed: BuilderBed, planned: readonly string[]) {
  const troubles = [...planned];
  const { keyFile, certificateFile } = certificateFiles(dirname(bed.lab.git.caFile));
  const tls = { key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
  const ca = readFileSync(bed.lab.git.caFile);
  const server = createServer(tls, (request, response) => {
    const [method, status, ...words] = troubles[0]?.split(' ') ?? [];
    if (method === request.method) {
      troubles.shift();
      request.resume();
      if (words.length === 0) return void response.writeHead(Number(status), { 'retry-after': '2' }).end();
      return void response.writeHead(Number(status), { 'content-type': 'text/plain' }).end(`${words.join(' ')}\n`);
    }
    const { headers } = request;
    const onward = httpsRequest(
      `${bed.lab.git.url}${request.url}`,
      { ca, method: request.method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    onward.once('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, bed.lab.bridgeAddress, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { troubles, url: `https://${bed.lab.bridgeAddress}:${address.port}`, close: () => server.close() };
}
