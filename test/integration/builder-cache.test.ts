import { readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/domain/image-reference.ts';
import type { PlannedStep } from '../../src/domain/plan.ts';
import type { Platform } from '../../src/domain/platform.ts';
import type { EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';
import { EmptiedEngine } from '../helpers/emptied-engine.ts';
import { pushBlob } from '../helpers/registry-images.ts';

const arguments_ = ['{registry}', '{repository}', '{tag}'];

describe('the layer cache in the registry, on an engine that was emptied', () => {
  let world: EmptiedEngine;

  beforeAll(async () => {
    world = await EmptiedEngine.start();
  });

  afterAll(() => world.dispose());

  beforeEach(() => world.begin());

  const scripted = (change: object = {}): PlannedStep =>
    scriptStep('task', 'build.sh', { build: { arguments: arguments_, ...change }, verify: [['cat', '/out']] });
  const plain = (change: object = {}): PlannedStep =>
    dockerfileStep('task', { build: { cache: true, ...change }, verify: [['cat', '/out']] });

  /** Two steps that do not depend on the source, then two that do. */
  const dockerfile = (): string =>
    `FROM ${world.bed.lab.images.busybox}\nRUN echo ${world.salt} >/stable\nRUN cat /stable >/also\nCOPY source.txt /\nRUN cat /source.txt /also >/out\n`;

  async function commit(text: string, script = 'docker build -t "$1" . && docker push "$1"') {
    return await world.bed.repository({
      Dockerfile: dockerfile(),
      'source.txt': `${text}\n`,
      'build.sh': `set -eu; set -- "$1/$2:$3"\n${script}\n`,
    });
  }

  async function build(text: string, step: PlannedStep, more: { platform?: Platform; script?: string } = {}) {
    const { platform = 'linux/amd64', script } = more;
    return await world.run({ ...(await commit(text, script)), steps: [step], platform });
  }

  async function tags(): Promise<readonly string[]> {
    return (await world.json<{ tags: string[] | null }>('tags/list')).tags ?? [];
  }

  async function manifest(tag: string): Promise<{ body: Buffer; type: string; layers: readonly string[] }> {
    const answer = await world.read(`manifests/${tag}`);
    const body = Buffer.from(await answer.body.arrayBuffer());
    const { layers } = JSON.parse(body.toString()) as { layers: { digest: string }[] };
    return { body, type: String(answer.headers['content-type']), layers: layers.map(({ digest }) => digest) };
  }

  async function put(tag: string, body: Buffer, type: string): Promise<void> {
    const answer = await world.registry.request('PUT', `/v2/${world.path}/manifests/${tag}`, {
      headers: { 'content-type': type },
      body,
    });
    expect(answer.statusCode).toBe(201);
  }

  /** A build of the right content, whatever became of the cache. */
  function expectRight(job: EndedJob, text: string): void {
    expect(job.exitCode, job.log).toBe(0);
    expect(job.log).toContain(`${text}\n${world.salt}\n`);
  }

  const troubles = (job: EndedJob): readonly string[] => job.notes.filter((note) => note.includes('layer cache'));
  const cachedSteps = (job: EndedJob): number => job.log.match(/^#\d+ CACHED$/gm)?.length ?? 0;

  it.each([
    ['a script', scripted],
    ['a Dockerfile', plain],
  ] as const)('serves the next commit of %s', async (_, step) => {
    const first = await build('one', step());
    expectRight(first, 'one');
    expect(cachedSteps(first)).toBe(0);
    expect(await tags()).toContain('cache-task-amd64');
    await world.empty();
    const second = await build('two', step());
    expectRight(second, 'two');
    expect(cachedSteps(second)).toBe(2);
    expect(second.marks).toContainEqual(
      expect.objectContaining({ verb: 'cache', image: 'task', outcome: 'used', cached: 2, steps: 4 }),
    );
    expect([...troubles(first), ...troubles(second)]).toEqual([]);
  });

  it('is off for a script whose job has it disabled', async () => {
    const environment = { TWINHULL_STEP_1_CACHE: '0' };
    const job = await world.run({ ...(await commit('one')), steps: [scripted()], environment });
    expectRight(job, 'one');
    expect(job.log).not.toContain('importing cache');
    expect(await tags()).not.toContain('cache-task-amd64');
  });

  it.each([
    ['names its own cache', 'docker build --cache-from x:1 -t "$1" . && docker push "$1"'],
    ['builds without cache', 'docker build --no-cache -t "$1" . && docker push "$1"'],
    ['reads its Dockerfile from standard input', 'docker build -t "$1" -f - . <Dockerfile && docker push "$1"'],
    ['builds without BuildKit', 'DOCKER_BUILDKIT=0 docker build -t "$1" . && docker push "$1"'],
  ])('leaves alone a script that %s', async (_, script) => {
    const job = await build('one', scripted(), { script });
    expectRight(job, 'one');
    expect(job.log).not.toContain('importing cache manifest from localhost');
    expect(await tags()).not.toContain('cache-task-amd64');
  });

  it('that is of another platform is of no use, and does no harm', async () => {
    expectRight(await build('one', scripted(), { platform: 'linux/arm64' }), 'one');
    const foreign = await manifest('cache-task-arm64');
    await put('cache-task-amd64', foreign.body, foreign.type);
    await world.empty();
    const job = await build('two', scripted());
    expectRight(job, 'two');
    expect(cachedSteps(job)).toBe(0);
    expect(await world.bed.pushedPlatform(world.destination, `staging-task-amd64-${job.key}`)).toBe('linux/amd64');
  });

  it('takes a tag with all stages, which only newer engines read, for an empty one', async () => {
    expectRight(await build('one', scripted()), 'one');
    const image = JSON.parse((await manifest('cache-task-amd64')).body.toString()) as { layers: object[] };
    // As BuildKit 0.25 writes it: https://github.com/moby/buildkit/blob/v0.25.1/cache/remotecache/v1/spec.go
    const content = Buffer.from(
      JSON.stringify({ layers: [], records: [{ digest: digestOf(Buffer.from(world.salt)) }] }),
    );
    await pushBlob(world.registry, world.path, content);
    const config = { digest: digestOf(content), size: content.length };
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const cache = { ...image, mediaType, config: { ...config, mediaType: 'application/vnd.buildkit.cacheconfig.v0' } };
    await put('cache-task-amd64', Buffer.from(JSON.stringify(cache)), mediaType);
    await world.empty();
    const job = await build('two', scripted());
    expectRight(job, 'two');
    expect(troubles(job)).toEqual([]);
    expect((await manifest('cache-task-amd64')).body.toString()).not.toContain('cacheconfig');
  });

  it.each([
    ['vanished', 'a script', scripted],
    ['vanished', 'a Dockerfile', plain],
    ['damaged', 'a script', scripted],
    ['truncated', 'a script', scripted],
  ] as const)('that has a %s layer does not fail the build of %s', async (harm, _, step) => {
    expectRight(await build('one', step()), 'one');
    const { layers } = await manifest('cache-task-amd64');
    const file = await blobFile(layers[2] ?? '');
    const { size } = await stat(file);
    if (harm === 'vanished') await rm(file);
    else if (harm === 'truncated') await truncate(file, Math.floor(size / 2));
    else await writeFile(file, Buffer.alloc(size));
    await world.empty();
    const job = await build('two', step());
    expectRight(job, 'two');
    expect(troubles(job)).toEqual(['the layer cache cache-task-amd64 could not be used: built without it']);
  });

  it('does not fail a quiet build, which does not show what became of it', async () => {
    expectRight(await build('one', scripted()), 'one');
    const { layers } = await manifest('cache-task-amd64');
    await rm(await blobFile(layers[2] ?? ''));
    await world.empty();
    const script = 'docker build -q -t "$1" . && docker push "$1"';
    expectRight(await build('two', scripted(), { script }), 'two');
  });

  it('whose configuration is garbage does not fail a build', async () => {
    expectRight(await build('one', scripted()), 'one');
    const { body } = await manifest('cache-task-amd64');
    const { config } = JSON.parse(body.toString()) as { config: { digest: string } };
    await writeFile(await blobFile(config.digest), '{"garbage');
    await world.empty();
    const job = await build('two', scripted());
    expectRight(job, 'two');
    expect(troubles(job)).toHaveLength(1);
  });

  it('does not hide that a program of the Dockerfile failed', async () => {
    expectRight(await build('one', scripted()), 'one');
    await world.empty();
    const job = await build('two', scripted(), { script: 'echo "RUN false" >>Dockerfile\ndocker build -t "$1" .' });
    expect(job.reason).toBe('step-failed');
    expect(job.log.match(/importing cache manifest from \S+$/gm)?.length).toBe(1);
  });

  it('is shared by two commits that are built at once', async () => {
    expectRight(await build('zero', scripted()), 'zero');
    await world.empty();
    const jobs = await Promise.all(['one', 'two', 'three'].map((text) => build(text, scripted())));
    for (const [index, text] of ['one', 'two', 'three'].entries()) {
      const job = jobs[index];
      if (job !== undefined) expectRight(job, text);
    }
    await world.empty();
    const last = await build('one', scripted());
    expectRight(last, 'one');
    // Builds that run at once share steps in BuildKit, and its inline cache may then list fewer of them.
    expect(last.log).toContain('importing cache manifest');
  });

  async function blobFile(digest: string): Promise<string> {
    const folder = world.blobFolder(digest);
    expect(await readdir(folder)).toEqual(['data']);
    return join(folder, 'data');
  }
});
