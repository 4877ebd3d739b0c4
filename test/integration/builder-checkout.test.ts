import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { dirname } from 'node:path';
import { beforeAll, describe, it } from 'vitest';
import { certificateFiles } from '../../lab/git/certificate.ts';
import { exitCodes } from '../../src/builder/contract.ts';
import { BuilderBed, type BuilderJob, scriptStep } from '../helpers/builder-jobs.ts';

const steps = [scriptStep('task', 'show.sh')];

const oddBranch = 'side/$(touch${IFS}x)';

describe.concurrent('the commit of a job', () => {
  let bed: BuilderBed;
  let url: string;
  let strictUrl: string;
  const commits = { first: '', main: '', side: '' };
  beforeAll(async () => {
    bed = await BuilderBed.open();
    // The script fails, so that a job is over once the checkout was seen.
    const script = 'git log --format="history %H"; git config --list --local; cat .git/shallow; cat sub/file; exit 9\n';
    const { repository, ...created } = await bed.repository({ 'show.sh': script });
    ({ url, strictUrl } = created);
    commits.first = created.commit;
    commits.main = await repository.commit({ more: 'x' });
    commits.side = await repository.commit({ side: 'x' }, { branch: oddBranch, from: commits.first });
    // A server that is strict gives the tip of any branch.
    await repository.commit({ side: 'y' }, { branch: oddBranch });
    return async () => await bed.dispose();
  });

  async function checkout(job: Omit<BuilderJob, 'steps'>) {
    const ended = await bed.run({ ...job, steps });
    const history = ended.log.match(/^history .{40}$/gm)?.map((line) => line.slice(8));
    return { ...ended, history };
  }

  it('comes alone where the server gives any commit', async ({ expect }) => {
    const { history, reason, notes } = await checkout({ url, commit: commits.first });
    expect(reason).toBe('step-failed');
    expect(history).toEqual([commits.first]);
    expect(notes).toEqual([]);
  });

  it('comes with its branch where the server gives only branches', async ({ expect }) => {
    const { history, notes, log } = await checkout({ url: strictUrl, commit: commits.first, branch: 'main' });
    expect(history).toEqual([commits.first]);
    expect(notes).toHaveLength(1);
    expect(log).not.toContain('No such file or directory: .git/shallow');
    expect(log).toContain(`remote.origin.url=${strictUrl}\n`);
  });

  it('comes from a branch whose name a shell would run', async ({ expect }) => {
    const { history } = await checkout({ url: strictUrl, commit: commits.side, branch: oddBranch });
    expect(history).toEqual([commits.side, commits.first]);
  });

  it.for([{ branch: 'main' }, { branch: 'gone' }, {}])(
    'is found outside of the named branch: %j',
    async (named, { expect }) => {
      const { history, notes } = await checkout({ url: strictUrl, commit: commits.side, ...named });
      expect(history).toEqual([commits.side, commits.first]);
      expect(notes.length).toBeGreaterThan(0);
    },
  );

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

  it('cannot be cloned from a server whose certificate nobody vouches for', async ({ expect }) => {
    const ended = await checkout({ url, commit: commits.main, script: (text) => text.replaceAll('ca.pem', 'no.pem') });
    expect(ended).toMatchObject({ exitCode: exitCodes.clone, reason: 'git-unreachable' });
  });

  it.for(['../NAME.git', 'URL', 'git@HOST:NAME.git', 'ssh://git@HOST/NAME.git'])(
    'brings its submodules from %s, where asked to',
    async (form, { expect }) => {
      const inner = await bed.repository({ file: 'text of the submodule\n' });
      const address = form
        .replace('URL', inner.url)
        .replace('HOST', new URL(inner.url).hostname)
        .replace('NAME', inner.repository.name);
      const { repository } = await bed.repository({ 'show.sh': 'cat sub/file .git/modules/sub/config; exit 9\n' });
      const commit = await withSubmodule(repository, address, inner.commit);
      const ended = await checkout({ url: repository.url, commit, submodules: true });
      expect(ended.log).toContain('text of the submodule\n');
      expect(ended.log).not.toContain(bed.token);
      const without = await checkout({ url: repository.url, commit });
      expect(without.log).not.toContain('text of the submodule');
    },
  );

  it('gives the token to no other host that a submodule lies on', async ({ expect }) => {
    const other = await strangeServer(bed);
    const { repository } = await bed.repository({ 'show.sh': 'exit 9\n' });
    const commit = await withSubmodule(repository, `${other.url}/x.git`, commits.main);
    const ended = await checkout({ url: repository.url, commit, submodules: true });
    other.close();
    expect(ended).toMatchObject({ exitCode: exitCodes.checkout, reason: 'submodule-failed' });
    expect(other.requests.length).toBeGreaterThan(0);
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual(other.requests.map(() => undefined));
  });

  it.for(['file:///etc', 'ext::sh -c touch% /tmp/x', '-u./x'])(
    'fetches no submodule by %s',
    async (address, { expect }) => {
      const { repository } = await bed.repository({ 'show.sh': 'exit 9\n' });
      const commit = await withSubmodule(repository, address, commits.main);
      const ended = await checkout({ url: repository.url, commit, submodules: true });
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

  it.for([
    ['plain text', (token: string) => `${token}\n`, undefined, 'step-failed'],
    ['a key of a JSON object', json, 'token', 'step-failed'],
    ['a key of indented JSON', (token: string) => JSON.stringify({ a: 1, token }, null, 2), 'token', 'step-failed'],
    ['a key that is not there', json, 'tokens', 'secret-unreadable'],
    ['JSON without a key', json, undefined, 'secret-unreadable'],
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
      },
    });
    expect(ended.reason).toBe(reason);
    expect(ended.log).not.toContain(bed.token);
  });
});

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
