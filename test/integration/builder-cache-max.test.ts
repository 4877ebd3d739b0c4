import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readLab } from '../../lab/lab.ts';
import type { PlannedStep } from '../../src/domain/plan.ts';
import { BuilderBed, type BuilderJob, type EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';
import { startCachelessRegistry } from '../helpers/cacheless-registry.ts';
import { OwnEngine } from '../helpers/own-engine.ts';
import { type RegistryServer, startRegistry } from '../helpers/registry-server.ts';

const arguments_ = ['{registry}', '{repository}', '{tag}'];

/** Only with the newest engine, whose image store can export a cache with all stages. */
describe('the layer cache of all stages, on an engine that was emptied', () => {
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

  /** One step that depends on the source and two that do not in the first stage; one that does not in the last. */
  const files = (text: string): Record<string, string> => ({
    Dockerfile: `FROM ${bed.lab.images.busybox} AS tool
RUN echo ${salt} >/stable
RUN cat /stable /stable >/also
COPY source.txt /
RUN cat /source.txt /also >/made
FROM ${bed.lab.images.busybox}
RUN echo last ${salt} >/last
COPY --from=tool /made /made
RUN cat /made /last >/out
`,
    'source.txt': `${text}\n`,
    'build.sh': 'set -eu; set -- "$1/$2:$3"\ndocker build -t "$1" . && docker push "$1"\n',
  });

  const verify = [
    ['sh', '-c', 'find / -xdev -type f -size -9k ! -path "/etc/*" ! -path "/.docker*" | sort | xargs md5sum'],
  ];
  const plain = (cache = true): PlannedStep => dockerfileStep('task', { build: { cache }, verify });
  const scripted = (): PlannedStep => scriptStep('task', 'build.sh', { build: { arguments: arguments_ }, verify });

  async function build(text: string, step: PlannedStep, change: Partial<BuilderJob> = {}): Promise<EndedJob> {
    const job = await bed.run({
      ...(await bed.repository(files(text))),
      ...{ steps: [step], destination, network: 'host', ...change },
    });
    expect(job.exitCode, job.log).toBe(0);
    return job;
  }

  async function cacheTag(): Promise<{ config: { mediaType: string }; layers: { digest: string }[] }> {
    const accept = 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json';
    const answer = await registry.request('GET', `/v2/${path}/manifests/cache-task-amd64`, { headers: { accept } });
    return (await answer.body.json()) as Awaited<ReturnType<typeof cacheTag>>;
  }

  const ofAllStages = 'application/vnd.buildkit.cacheconfig.v0';
  const troubles = (job: EndedJob): readonly string[] => job.notes.filter((note) => note.includes('layer cache'));
  const content = (job: EndedJob): readonly string[] => job.log.match(/^[0-9a-f]{32} {2}\/.*$/gm) ?? [];

  /** `used 3 of 7` */
  function use(job: EndedJob): string | undefined {
    const uses = job.marks.flatMap((mark) => (mark.verb === 'cache' ? [mark] : []));
    expect(uses.length, job.log).toBeLessThanOrEqual(1);
    return uses.map(({ outcome, cached, steps }) => `${outcome} ${cached} of ${steps}`)[0];
  }

  it('serves every later commit, of scripts and of Dockerfiles', async () => {
    const jobs: EndedJob[] = [];
    for (const [text, step] of [
      ['one', scripted()],
      ['two', plain()],
      ['three', scripted()],
    ] as const) {
      await engine.empty();
      jobs.push(await build(text, step));
    }
    expect(jobs.map(use)).toEqual(['absent 0 of 7', 'used 3 of 7', 'used 3 of 7']);
    expect((await cacheTag()).config.mediaType).toBe(ofAllStages);
    expect(jobs.flatMap(troubles)).toEqual([]);
  });

  it('reads the tag of an engine that has it in its image, whose builds read this one', async () => {
    const inline = { script: (text: string) => text.replace('snapshotter.*) mode=max', 'snapshotter.*) ') };
    const before = await build('one', plain(), inline);
    expect((await cacheTag()).config.mediaType).not.toBe(ofAllStages);
    await engine.empty();
    const after = await build('two', plain());
    expect((await cacheTag()).config.mediaType).toBe(ofAllStages);
    await engine.empty();
    const back = await build('three', plain(), inline);
    expect([before, after, back].map(use)).toEqual(['absent 0 of 7', 'used 1 of 7', 'used 3 of 7']);
    expect([before, after, back].flatMap(troubles)).toEqual([]);
  });

  it.each([
    ['a script', () => scripted()],
    ['a Dockerfile', () => plain()],
  ] as const)('is in the image where the registry refuses it, which %s reports once', async (_, step) => {
    const cacheless = await startCachelessRegistry(registry.port);
    onTestFinished(() => cacheless.stop());
    const change = { destination: `${cacheless.host}/${path}` };
    const first = await build('one', step(), change);
    const tag = await cacheTag();
    await engine.empty();
    const second = await build('two', step(), change);
    expect(cacheless.refusals()).toBe(2);
    expect(tag.config.mediaType).not.toBe(ofAllStages);
    expect([first, second].map(use)).toEqual(['absent 0 of 7', 'used 1 of 7']);
    const note = 'the registry refused the layer cache of all stages: the image contains that of its last stage';
    expect([first, second].map(troubles)).toEqual([[note], [note]]);
    expect(content(second).length).toBeGreaterThan(0);
  });

  it('whose layers are all gone does not fail a build, which reports it once', async () => {
    await build('one', plain());
    for (const { digest } of (await cacheTag()).layers) {
      const hex = digest.slice('sha256:'.length);
      await rm(join(registry.storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex), { recursive: true });
    }
    await engine.empty();
    const job = await build('two', plain());
    expect(content(job).some((line) => line.endsWith('/out'))).toBe(true);
    expect(troubles(job)).toEqual(['the layer cache cache-task-amd64 could not be used: built without it']);
  });

  it('gives the same content as no cache, for commits built at once, retried, and during a prune', async () => {
    const texts = ['one', 'two'] as const;
    const uncached = new Map<string, readonly string[]>();
    for (const text of texts) {
      await engine.empty();
      uncached.set(text, content(await build(text, plain(false))));
    }
    expect(uncached.get('one')).not.toEqual(uncached.get('two'));
    const text = fc.constantFrom(...texts);
    const round = fc.record({ together: fc.tuple(text, text), byScript: fc.boolean(), prunes: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(round, async ({ together, byScript, prunes }) => {
        await engine.empty();
        const step = byScript ? scripted() : plain();
        const building = Promise.all(together.map((each) => build(each, step)));
        if (prunes) await registry.request('DELETE', `/v2/${path}/manifests/${await digestOf('cache-task-amd64')}`);
        for (const [index, job] of (await building).entries())
          expect(content(job)).toEqual(uncached.get(together[index] ?? ''));
      }),
      { numRuns: 2, examples: [[{ together: ['one', 'two'], byScript: true, prunes: false }]] },
    );
  });

  async function digestOf(tag: string): Promise<string> {
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const answer = await registry.request('HEAD', `/v2/${path}/manifests/${tag}`, { headers: { accept } });
    return String(answer.headers['docker-content-digest']);
  }
});
