import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { PlannedStep } from '../../src/domain/plan.ts';
import type { BuilderJob, EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';
import { startCachelessRegistry } from '../helpers/cacheless-registry.ts';
import { EmptiedEngine } from '../helpers/emptied-engine.ts';

const arguments_ = ['{registry}', '{repository}', '{tag}'];

/** Only with the newest engine, whose image store can export a cache with all stages. */
describe('the layer cache of all stages, on an engine that was emptied', () => {
  let world: EmptiedEngine;

  beforeAll(async () => {
    world = await EmptiedEngine.start();
  });

  afterAll(() => world.dispose());

  beforeEach(() => world.begin());

  /** One step that depends on the source and two that do not in the first stage; one that does not in the last. */
  const files = (text: string): Record<string, string> => ({
    Dockerfile: `FROM ${world.bed.lab.images.busybox} AS tool
RUN echo ${world.salt} >/stable
RUN cat /stable /stable >/also
COPY source.txt /
RUN cat /source.txt /also >/made
FROM ${world.bed.lab.images.busybox}
RUN echo last ${world.salt} >/last
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
    const job = await world.run({ ...(await world.bed.repository(files(text))), steps: [step], ...change });
    expect(job.exitCode, job.log).toBe(0);
    return job;
  }

  async function cacheTag(): Promise<{ config: { mediaType: string }; layers: { digest: string }[] }> {
    return await world.json('manifests/cache-task-amd64');
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
      await world.empty();
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
    await world.empty();
    const after = await build('two', plain());
    expect((await cacheTag()).config.mediaType).toBe(ofAllStages);
    await world.empty();
    const back = await build('three', plain(), inline);
    expect([before, after, back].map(use)).toEqual(['absent 0 of 7', 'used 1 of 7', 'used 3 of 7']);
    expect([before, after, back].flatMap(troubles)).toEqual([]);
  });

  it.each([
    ['a script', () => scripted()],
    ['a Dockerfile', () => plain()],
  ] as const)('is in the image where the registry refuses it, which %s reports once', async (_, step) => {
    const cacheless = await startCachelessRegistry(world.registry.port);
    onTestFinished(() => cacheless.stop());
    const change = { destination: `${cacheless.host}/${world.path}` };
    const first = await build('one', step(), change);
    const tag = await cacheTag();
    await world.empty();
    const second = await build('two', step(), change);
    expect(cacheless.refusals()).toBe(2);
    expect(tag.config.mediaType).not.toBe(ofAllStages);
    expect([first, second].map(use)).toEqual(['absent 0 of 7', 'used 1 of 7']);
    const note = 'the registry refused the layer cache of all stages: the image contains that of its last stage';
    expect([first, second].map(troubles)).toEqual([[note], [note]]);
    expect(content(second).length).toBeGreaterThan(0);
  });

  it('stays that of the build before where the registry cannot take another for now', async () => {
    await build('one', plain());
    const busy = { status: 503, code: 'UNAVAILABLE', message: 'try again later' };
    const cacheless = await startCachelessRegistry(world.registry.port, busy);
    onTestFinished(() => cacheless.stop());
    const job = await build('two', plain(), { destination: `${cacheless.host}/${world.path}` });
    expect(cacheless.refusals()).toBeGreaterThan(0);
    expect(troubles(job)).toEqual(['the layer cache could not be pushed']);
    expect((await cacheTag()).config.mediaType).toBe(ofAllStages);
  });

  it('whose layers are all gone does not fail a build, which reports it once', async () => {
    await build('one', plain());
    for (const { digest } of (await cacheTag()).layers) {
      await rm(world.blobFolder(digest), { recursive: true });
    }
    await world.empty();
    const job = await build('two', plain());
    expect(content(job).some((line) => line.endsWith('/out'))).toBe(true);
    expect(troubles(job)).toEqual(['the layer cache cache-task-amd64 could not be used: built without it']);
  });

  it('gives the same content as no cache, for commits built at once, retried, and during a prune', async () => {
    const texts = ['one', 'two'] as const;
    const uncached = new Map<string, readonly string[]>();
    for (const text of texts) {
      await world.empty();
      uncached.set(text, content(await build(text, plain(false))));
    }
    expect(uncached.get('one')).not.toEqual(uncached.get('two'));
    const text = fc.constantFrom(...texts);
    const round = fc.record({ together: fc.tuple(text, text), byScript: fc.boolean(), prunes: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(round, async ({ together, byScript, prunes }) => {
        await world.empty();
        const step = byScript ? scripted() : plain();
        const building = Promise.all(together.map((each) => build(each, step)));
        if (prunes) await removeCache();
        for (const [index, job] of (await building).entries())
          expect(content(job)).toEqual(uncached.get(together[index] ?? ''));
      }),
      { numRuns: 2, examples: [[{ together: ['one', 'two'], byScript: true, prunes: false }]] },
    );
  });

  async function removeCache(): Promise<void> {
    const digest = (await world.read('manifests/cache-task-amd64', 'HEAD')).headers['docker-content-digest'];
    await world.registry.request('DELETE', `/v2/${world.path}/manifests/${String(digest)}`);
  }
});
