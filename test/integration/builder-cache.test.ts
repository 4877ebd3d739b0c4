import { randomUUID } from 'node:crypto';
import { readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readLab } from '../../lab/lab.ts';
import { digestOf } from '../../src/domain/image-reference.ts';
import type { PlannedStep } from '../../src/domain/plan.ts';
import type { Platform } from '../../src/domain/platform.ts';
import { BuilderBed, type EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';
import { OwnEngine } from '../helpers/own-engine.ts';
import { pushBlob } from '../helpers/registry-images.ts';
import { type RegistryServer, startRegistry } from '../helpers/registry-server.ts';

const arguments_ = ['{registry}', '{repository}', '{tag}'];

describe('the layer cache in the registry, on an engine that was emptied', () => {
  let bed: BuilderBed;
  let engine: OwnEngine;
  let registry: RegistryServer;
  let destination: string;
  let path: string;
  let salt: string;

  beforeAll(async () => {
    const lab = await readLab();
    if (lab === undefined) throw new Error('there is no lab on this machine: npm run lab:up');
    engine = await OwnEngine.start(lab);
    bed = await BuilderBed.open({ engine: { ...lab.engine, host: engine.host } });
    registry = await startRegistry();
  });

  afterAll(async () => {
    await bed.dispose();
    await registry.stop();
    await engine.stop();
  });

  beforeEach(async () => {
    salt = randomUUID();
    path = `cache/${salt}`;
    destination = `${registry.host}/${path}`;
    await engine.empty();
  });

  const scripted = (change: object = {}): PlannedStep =>
    scriptStep('task', 'build.sh', { build: { arguments: arguments_, ...change }, verify: [['cat', '/out']] });
  const plain = (change: object = {}): PlannedStep =>
    dockerfileStep('task', { build: { cache: true, ...change }, verify: [['cat', '/out']] });

  /** Two steps that do not depend on the source, then two that do. */
  const dockerfile = (): string =>
    `FROM ${bed.lab.images.busybox}\nRUN echo ${salt} >/stable\nRUN cat /stable >/also\nCOPY source.txt /\nRUN cat /source.txt /also >/out\n`;

  async function commit(text: string, script = 'docker build -t "$1" . && docker push "$1"') {
    return await bed.repository({
      Dockerfile: dockerfile(),
      'source.txt': `${text}\n`,
      'build.sh': `set -eu; set -- "$1/$2:$3"\n${script}\n`,
    });
  }

  async function build(text: string, step: PlannedStep, more: { platform?: Platform; script?: string } = {}) {
    const { platform = 'linux/amd64', script } = more;
    return await bed.run({ ...(await commit(text, script)), steps: [step], destination, platform, network: 'host' });
  }

  async function tags(): Promise<readonly string[]> {
    const answer = await registry.request('GET', `/v2/${path}/tags/list`);
    return ((await answer.body.json()) as { tags: string[] | null }).tags ?? [];
  }

  async function manifest(tag: string): Promise<{ body: Buffer; type: string; layers: readonly string[] }> {
    const accept = 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json';
    const answer = await registry.request('GET', `/v2/${path}/manifests/${tag}`, { headers: { accept } });
    const body = Buffer.from(await answer.body.arrayBuffer());
    const { layers } = JSON.parse(body.toString()) as { layers: { digest: string }[] };
    return { body, type: String(answer.headers['content-type']), layers: layers.map(({ digest }) => digest) };
  }

  async function put(tag: string, body: Buffer, type: string): Promise<void> {
    const answer = await registry.request('PUT', `/v2/${path}/manifests/${tag}`, {
      headers: { 'content-type': type },
      body,
    });
    expect(answer.statusCode).toBe(201);
  }

  /** A build of the right content, whatever became of the cache. */
  function expectRight(job: EndedJob, text: string): void {
    expect(job.exitCode, job.log).toBe(0);
    expect(job.log).toContain(`${text}\n${salt}\n`);
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
    await engine.empty();
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
    const job = await bed.run({
      ...(await commit('one')),
      ...{ steps: [scripted()], destination, network: 'host', environment },
    });
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
    await engine.empty();
    const job = await build('two', scripted());
    expectRight(job, 'two');
    expect(cachedSteps(job)).toBe(0);
    expect(await bed.pushedPlatform(destination, `staging-task-amd64-${job.key}`)).toBe('linux/amd64');
  });

  it('takes a tag with all stages, which only newer engines read, for an empty one', async () => {
    expectRight(await build('one', scripted()), 'one');
    const image = JSON.parse((await manifest('cache-task-amd64')).body.toString()) as { layers: object[] };
    // As BuildKit 0.25 writes it: https://github.com/moby/buildkit/blob/v0.25.1/cache/remotecache/v1/spec.go
    const content = Buffer.from(JSON.stringify({ layers: [], records: [{ digest: digestOf(Buffer.from(salt)) }] }));
    await pushBlob(registry, path, content);
    const config = { digest: digestOf(content), size: content.length };
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const cache = { ...image, mediaType, config: { ...config, mediaType: 'application/vnd.buildkit.cacheconfig.v0' } };
    await put('cache-task-amd64', Buffer.from(JSON.stringify(cache)), mediaType);
    await engine.empty();
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
    await engine.empty();
    const job = await build('two', step());
    expectRight(job, 'two');
    expect(troubles(job)).toEqual(['the layer cache cache-task-amd64 could not be used: built without it']);
  });

  it('does not fail a quiet build, which does not show what became of it', async () => {
    expectRight(await build('one', scripted()), 'one');
    const { layers } = await manifest('cache-task-amd64');
    await rm(await blobFile(layers[2] ?? ''));
    await engine.empty();
    const script = 'docker build -q -t "$1" . && docker push "$1"';
    expectRight(await build('two', scripted(), { script }), 'two');
  });

  it('whose configuration is garbage does not fail a build', async () => {
    expectRight(await build('one', scripted()), 'one');
    const { body } = await manifest('cache-task-amd64');
    const { config } = JSON.parse(body.toString()) as { config: { digest: string } };
    await writeFile(await blobFile(config.digest), '{"garbage');
    await engine.empty();
    const job = await build('two', scripted());
    expectRight(job, 'two');
    expect(troubles(job)).toHaveLength(1);
  });

  it('does not hide that a program of the Dockerfile failed', async () => {
    expectRight(await build('one', scripted()), 'one');
    await engine.empty();
    const job = await build('two', scripted(), { script: 'echo "RUN false" >>Dockerfile\ndocker build -t "$1" .' });
    expect(job.reason).toBe('step-failed');
    expect(job.log.match(/importing cache manifest from \S+$/gm)?.length).toBe(1);
  });

  it('is shared by two commits that are built at once', async () => {
    expectRight(await build('zero', scripted()), 'zero');
    await engine.empty();
    const jobs = await Promise.all(['one', 'two', 'three'].map((text) => build(text, scripted())));
    for (const [index, text] of ['one', 'two', 'three'].entries()) {
      const job = jobs[index];
      if (job !== undefined) expectRight(job, text);
    }
    await engine.empty();
    const last = await build('one', scripted());
    expectRight(last, 'one');
    // Builds that run at once share steps in BuildKit, and its inline cache may then list fewer of them.
    expect(last.log).toContain('importing cache manifest');
  });

  async function blobFile(digest: string): Promise<string> {
    const hex = digest.slice('sha256:'.length);
    const folder = join(registry.storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex);
    expect(await readdir(folder)).toEqual(['data']);
    return join(folder, 'data');
  }
});
