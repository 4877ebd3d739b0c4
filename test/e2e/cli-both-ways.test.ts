import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { BothWays, comparable, destinationOf, type Way, ways } from '../helpers/both-ways.ts';
import { E2eBed, type Ran } from '../helpers/e2e-bed.ts';
import { collected } from '../helpers/e2e-collected.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { newToken, tokenIn } from '../helpers/e2e-service.ts';
import { expectRefusal } from '../helpers/expect-refusal.ts';
import { pollUntil } from '../helpers/poll-until.ts';

/** The tests of this file depend on each other, in order: its builds are shared. */
describe('the command line behaves the same locally and with --server', () => {
  let bed: E2eBed;
  let both: BothWays;
  let url: string;
  let recipe: string;
  let native: string;
  const published: Record<Way, string> = { here: '', there: '' };
  const failed: Record<Way, string> = { here: '', there: '' };
  let commit: string;
  let taken: string;

  beforeAll(async () => {
    bed = await E2eBed.open();
    const from = `FROM ${bed.lab.images.busybox}\n`;
    const created = await bed.repository({ Dockerfile: `${from}RUN uname -m >/machine; echo ${bed.name}\n` });
    ({ url, commit } = created);
    const branch = (name: string, step: string) =>
      created.repository.commit({ Dockerfile: `${from}RUN echo ${bed.name}; ${step}\n` }, { branch: name });
    await branch('broken', 'exit 3');
    taken = await branch('taken', 'touch /taken');
    await branch('slow', 'for i in $(seq 600); do sleep 1; done');
    await branch('slower', 'for i in $(seq 601); do sleep 1; done');
    recipe = await bed.file(oneImage());
    native = await bed.file(oneImage({ platforms: ['linux/amd64'] }), 'native.yaml');
    both = await BothWays.open(bed, url);
  });

  afterAll(() => bed.dispose());

  const source = (ref: string, by = native) => ['--repository', url, '--ref', ref, '--recipe', by];

  function expectSame([here, there]: readonly [Ran, Ran], exitCode: number): void {
    expect(comparable(there)).toEqual(comparable(here));
    expect(here.exitCode, here.stderr).toBe(exitCode);
  }

  it('when a build is published', async () => {
    const metadata = (way: Way) => join(bed.folder, `metadata-${way}.json`);
    const words = (way: Way) => ['build', ...source('main', recipe), '--metadata-file', metadata(way)];
    const ran = await both.both(words);
    expectSame(ran, 0);
    for (const { stderr } of ran) expect(stderr).toMatch(/^arm64 \| #\d+ /m);
    expect(ran[1].stderr).toMatch(/^amd64 \* build app ends/m);
    expect(ran[1].stdout).toContain(`published one at ${commit.slice(0, 7)}`);
    for (const way of ways) {
      const build = JSON.parse(await readFile(metadata(way), 'utf8')) as BuildJson;
      expect(build).toMatchObject({ state: 'published', destination: destinationOf(bed, way), commit });
      // Reported by the builder, from the commit itself.
      expect(build).toMatchObject({ author: 'Twinhull Lab', subject: expect.stringMatching(/\w/) as string });
      published[way] = build.id;
    }
  });

  it('when its images exist already, and as JSON', async () => {
    expectSame(await both.both(['build', ...source('main', recipe)]), 0);
    const ran = await both.both(['build', ...source('main', recipe), '--json']);
    expectSame(ran, 0);
    expect((JSON.parse(ran[1].stdout) as BuildJson).id).toBe(published.there);
  });

  it('when a build fails, and fails again', async () => {
    const ran = await both.both(['build', ...source('broken')]);
    expectSame(ran, 1);
    expect(ran[1].stderr).toContain('last lines of its log');
    ways.forEach((way, index) => {
      failed[way] = /^build \* id is (\S+)$/m.exec(ran[index]?.stderr ?? '')?.[1] ?? '';
    });
    const retried = await both.both((way) => ['retry', failed[way], '--json']);
    expectSame(retried, 1);
    expect((JSON.parse(retried[1].stdout) as BuildJson).jobs[0]?.attempts).toHaveLength(2);
  });

  it('when a build is detached, blocks another, is cancelled and waited for', async () => {
    const started = await both.both(['build', ...source('slow'), '--detach']);
    expectSame(started, 0);
    const ids = { here: started[0].stdout.trim(), there: started[1].stdout.trim() };
    for (const id of Object.values(ids))
      await pollUntil('the job to run', async () => (await bed.status(id)).jobs[0]?.attempts.at(-1)?.startedAt);
    const joined = await both.both(['build', ...source('slow'), '--detach', '--json']);
    expectSame(joined, 0);
    const other = await bed.file(oneImage({ platforms: ['linux/amd64'], verify: [['true']] }), 'other.yaml');
    const inUse = await both.both(['build', ...source('slow', other)]);
    expectSame(inUse, 2);
    expect(inUse[1].stderr).toContain('[TagInUse]');
    const late = await both.both((way) => ['wait', ids[way], '--timeout', '1']);
    expectSame(late, 2);
    expect(late[1].stderr).toContain('[JobTimedOut]');
    expectSame(await both.both((way) => ['cancel', ids[way]]), 0);
    const ended = await both.both((way) => ['wait', ids[way]]);
    expectSame(ended, 1);
    expect(ended[1].stderr).toContain('cancelled');
    expectSame(await both.both((way) => ['cancel', ids[way], '--json']), 0);
  });

  it('when the first Ctrl-C cancels', async () => {
    const interrupted = async (way: Way): Promise<Ran> => {
      const words = both.words(way, ['build', ...source('slower')]);
      const child = bed.start(words, { env: both.env(way) });
      const stderr = collected(child.stderr);
      await pollUntil('the job to run', () => stderr().includes('build app begins'));
      child.kill('SIGINT');
      const { exitCode, stdout, stderr: all } = await child;
      return { exitCode, stdout, stderr: all };
    };
    const ran = await Promise.all([interrupted('here'), interrupted('there')]);
    expectSame(ran, 1);
    expect(ran[1].stderr).toContain('cancelling; press Ctrl-C again to exit at once');
  });

  it('when a tag already exists', async () => {
    for (const way of ways) await copyTag(destinationOf(bed, way), commit, taken);
    const ran = await both.both(['build', ...source('taken')]);
    expectSame(ran, 2);
    expect(ran[1].stderr).toContain('[TagExists]');
  });

  it('when a tag is promoted', async () => {
    expectSame(await both.both((way) => ['promote', commit, '--tag', `stable-${way}`]), 0);
    const again = await both.both(['promote', commit.slice(0, 9), '--tag', 'stable-here', '--json']);
    expectSame(again, 0);
    expect(again[1].stdout).toBe(again[0].stdout);
  });

  describe.concurrent('for queries', () => {
    it.each<[words: string, exitCode: number]>([
      ['status', 0],
      ['status PUBLISHED', 0],
      ['status FAILED --json', 0],
      ['status unknown', 2],
      ['list', 0],
      ['list --json', 0],
      ['list --limit 2', 0],
      ['list --state failed --state cancelled', 0],
      ['list --commit COMMIT', 0],
      ['list --commit abcdef0 --json', 0],
      ['list --commit abc', 2],
      ['images PUBLISHED', 0],
      ['images COMMIT --json', 0],
      ['images FAILED', 2],
      ['images abcdef0', 2],
      ['images unknown', 2],
      ['logs PUBLISHED', 0],
      ['logs PUBLISHED --follow', 0],
      ['logs FAILED --attempt 1 --json', 0],
      ['logs FAILED --attempt 99', 0],
      ['logs unknown --follow', 2],
      ['wait PUBLISHED', 0],
      ['wait FAILED --json', 1],
      ['cancel PUBLISHED', 2],
      ['cancel unknown', 2],
      ['retry PUBLISHED', 2],
      ['retry unknown', 2],
      ['promote COMMIT --tag COMMIT', 2],
      ['promote COMMIT --tag stable --image nosuch', 2],
      ['promote main --tag stable', 2],
      ['promote COMMIT --tag a/b', 2],
      ['manifest batch PUBLISHED --image app', 0],
      ['manifest k8s COMMIT --image app', 0],
    ])('%s', async (words, exitCode) => {
      const known = new Map([
        ['PUBLISHED', published.here],
        ['FAILED', failed.here],
        ['COMMIT', commit],
      ]);
      const named = words.split(' ').map((word) => known.get(word) ?? word);
      const [here, there] = await both.both(named);
      const exact = ({ stdout, stderr }: Ran) =>
        // A minute may pass in between: then the column is wider, too.
        [stdout, stderr].map((text) => text.replace(/just now|\d+ min ago/g, 'AGO').replace(/ {2,}/g, '  '));
      expect(exact(there)).toEqual(exact(here));
      expect([here.exitCode, there.exitCode], here.stderr).toEqual([exitCode, exitCode]);
    });

    it.each<[words: readonly string[], exitCode: number, contains: string]>([
      [['--ref', 'main'], 0, 'linux/arm64'],
      [['--ref', 'main', '--json'], 0, '"version": 1'],
      [['--ref', 'main', '--recipe', 'vecoli'], 0, 'vecoli'],
      [['--ref', 'nosuch'], 2, '[CommitNotFound]'],
      [['--ref', '-x'], 2, '[ReferenceInvalid]'],
      [['--ref', ''], 2, '[ReferenceInvalid]'],
      [[], 2, '[ArgumentInvalid]'],
      [['--ref', 'main', '--recipe', 'nosuch'], 2, '[RecipeNotFound]'],
      [['--ref', 'main', '--repository', 'ssh://git@host/x'], 2, '[RepositoryInvalid]'],
      [['--ref', 'main', '--destination', 'No Such Place'], 2, '[ImageReferenceInvalid]'],
    ])('plan %j', async (words, exitCode, contains) => {
      const ran = await both.both(['plan', '--repository', url, '--recipe', recipe, ...words]);
      expectSame(ran, exitCode);
      expect(ran[1].stdout + ran[1].stderr).toContain(contains);
    });

    it('for a recipe with mistakes: line and column refer to the file', async () => {
      const wrong = await bed.file('version: 1\nname: x\nimages:\n  app:\n    dockerfil: {}\n', 'wrong.yaml');
      const ran = await both.both(['plan', '--repository', url, '--ref', 'main', '--recipe', wrong]);
      expectSame(ran, 2);
      expect(ran[1].stderr).toContain(':5:5');
    });
  });

  it('except for permissions, an unreachable service, and commands that only run locally', async () => {
    const elsewhere = ['--destination', `${bed.lab.registry.host}/elsewhere/x`];
    expectRefusal(
      await both.run('there', ['plan', ...source('main'), ...elsewhere]),
      2,
      'NotAllowedHere',
      'elsewhere/x',
    );
    const withoutToken = await both.run('there', ['list'], { TWINHULL_TOKEN_FILE: undefined });
    expectRefusal(withoutToken, 2, 'TokenInvalid', 'TWINHULL_TOKEN_FILE');
    const reader = await tokenIn(bed, await newToken(bed, 'read'));
    const reading = await both.run('there', ['cancel', failed.there], { TWINHULL_TOKEN_FILE: reader });
    expectRefusal(reading, 2, 'ScopeMissing', 'has scope read, not build');
    const noFile = await both.run('there', ['list'], { TWINHULL_TOKEN_FILE: '/nowhere' });
    expectRefusal(noFile, 2, 'SettingInvalid', '/nowhere');
    const nowhere = await closedPort();
    const unreachable = await bed.run(['list', '--server', `http://${nowhere}`]);
    expectRefusal(unreachable, 3, 'ServerUnreachable', `no response from ${nowhere}: the connection was refused`);
    expectRefusal(await bed.run(['list', '--server', 'localhost']), 2, 'ArgumentInvalid', 'is not a URL of http');
    for (const name of ['serve', 'reconcile', 'prune', 'doctor', 'init'])
      expectRefusal(
        await bed.run([name, '--server', both.service.url]),
        2,
        'ArgumentInvalid',
        `twinhull ${name} works`,
      );
    expectRefusal(
      await bed.run(['--server', 'http://x', 'token', 'list']),
      2,
      'ArgumentInvalid',
      'twinhull token works',
    );
  });

  it('when TWINHULL_SERVER names the service, which keeps running', async () => {
    const env = { ...both.env('there'), TWINHULL_SERVER: both.service.url };
    const [byOption, bySetting] = await Promise.all([
      both.run('there', ['list', '--json']),
      bed.run(['list', '--json'], { env }),
    ]);
    expect(bySetting).toEqual(byOption);
    expect(both.service.stderr()).not.toContain(both.service.token.slice(-43));
    expect(await both.service.stop()).toBe(0);
  });
});

/** Puts what one tag points to under another name, as another tool would. */
async function copyTag(repository: string, from: string, to: string): Promise<void> {
  const [host = '', ...path] = repository.split('/');
  const url = `http://${host}/v2/${path.join('/')}/manifests`;
  const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json';
  const found = await fetch(`${url}/${from}`, { headers: { accept } });
  const headers = { 'content-type': found.headers.get('content-type') ?? '' };
  const put = await fetch(`${url}/${to}`, { method: 'PUT', headers, body: await found.text() });
  expect(put.status).toBe(201);
}

/** `host:port` of a server that has just been closed. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}
