import { expect, it } from 'vitest';
import { attemptName } from '../../../src/domain/build.ts';
import type { BuildEvent } from '../../../src/domain/build-event.ts';
import { evolveAll } from '../../../src/domain/evolve.ts';
import { amd64, arm64, sampleBuild, samplePlan } from '../../helpers/sample-builds.ts';
import { buildFailed, createBuild, created, freshStore, type OpenStore, refusal, start } from './open-store.ts';

export function buildCases(open: OpenStore): void {
  it('stores a build and its plan', async () => {
    const { store, connect } = await freshStore(open);
    const { build, plan } = await createBuild(store);
    const other = await connect();
    expect(await other.load(build.id)).toEqual(build);
    expect(await other.loadPlan(build.id)).toEqual(plan);
  });

  it('returns nothing for an unknown id', async () => {
    const { store } = await freshStore(open);
    expect(await store.load('unknown')).toBeUndefined();
    expect(await refusal(store.loadPlan('unknown'))).toBe('BuildNotFound');
    expect(await refusal(store.append(sampleBuild(samplePlan()), [buildFailed], start))).toBe('BuildConflict');
  });

  it('returns the live build of the same key instead of creating another', async () => {
    const { store, connect } = await freshStore(open);
    const { build, plan } = await createBuild(store);
    const again = sampleBuild(plan, { key: build.key });
    expect(await (await connect()).create(again, plan, [created(again)])).toEqual({
      created: false,
      build,
      displaced: [],
    });
    expect(await store.load(again.id)).toBeUndefined();
    expect(await store.events({ after: 0, limit: 9 })).toHaveLength(1);
  });

  it('creates another build for a key whose build has ended', async () => {
    const { store } = await freshStore(open);
    const { build, plan } = await createBuild(store);
    await store.append(build, [buildFailed], start + 1);
    const again = sampleBuild(plan, { key: build.key });
    expect(await store.create(again, plan, [created(again)])).toEqual({ created: true, build: again, displaced: [] });
  });

  it('finds by key the live build, else the latest published one, never a failed one', async () => {
    const { store } = await freshStore(open);
    const { build: first, plan } = await createBuild(store);
    expect(await store.findByKey(first.key)).toEqual(first);
    const published = await store.append(first, [{ type: 'publish.started' }, { type: 'build.published' }], start + 1);
    expect(await store.findByKey(first.key)).toEqual(published);
    const second = await createBuild(store, { key: first.key, createdAt: start + 2 }, plan);
    expect(await store.findByKey(first.key)).toEqual(second.build);
    await store.append(second.build, [buildFailed], start + 3);
    expect(await store.findByKey(first.key)).toEqual(published);
    const third = await createBuild(store, { key: first.key, createdAt: start + 4 }, plan);
    const later = await store.append(
      third.build,
      [{ type: 'publish.started' }, { type: 'build.published' }],
      start + 5,
    );
    expect(await store.findByKey(first.key)).toEqual(later);
    expect(await store.findByKey('another')).toBeUndefined();
  });

  it('appends the events, and returns the evolved build', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    const name = attemptName(build.id, arm64, 1);
    const events: BuildEvent[] = [
      { type: 'job.intended', platform: arm64, attempt: 1, name },
      { type: 'job.queued', platform: arm64, attempt: 1, backendId: 'b1', adopted: false },
    ];
    const stored = await store.append(build, events, start + 5);
    expect(stored).toEqual(evolveAll(build, events, start + 5));
    expect(await store.load(build.id)).toEqual(stored);
    const next = await store.append(
      stored,
      [{ type: 'job.intended', platform: amd64, attempt: 1, name: attemptName(build.id, amd64, 1) }],
      start + 6,
    );
    expect(await store.load(build.id)).toEqual(next);
  });

  it('returns images in the order of the plan when the later half of the plan is read back first', async () => {
    const { store, connect } = await freshStore(open);
    const { build } = await createBuild(store);
    const image = { image: 'task', stagingTag: 'staging', digest: 'sha256:1', mediaType: 'm', size: 1 };
    let stored = build;
    for (const platform of [amd64, arm64]) {
      stored = await store.append(
        stored,
        [{ type: 'job.succeeded', platform, images: [{ ...image, platform }] }],
        start,
      );
    }
    const loaded = await (await connect()).load(build.id);
    expect(loaded?.images.map(({ platform }) => platform)).toEqual([arm64, amd64]);
    expect(loaded).toEqual(stored);
  });

  it('refuses to change a build that changed concurrently, and leaves it unchanged', async () => {
    const { store, connect } = await freshStore(open);
    const { build } = await createBuild(store);
    const winner = await (await connect()).append(build, [{ type: 'build.cancel-requested' }], start + 1);
    expect(await refusal(store.append(build, [buildFailed], start + 2))).toBe('BuildConflict');
    expect(await store.load(build.id)).toEqual(winner);
    expect((await store.events({ after: 0, limit: 9, buildId: build.id })).map(({ event }) => event.type)).toEqual([
      'build.created',
      'build.cancel-requested',
    ]);
  });

  it('lets exactly one of many concurrent writers succeed', async () => {
    const { store, connect } = await freshStore(open);
    const { build } = await createBuild(store);
    const others = await Promise.all(Array.from({ length: 5 }, connect));
    const answers = await Promise.all(
      [store, ...others].map((each) => refusal(each.append(build, [{ type: 'build.cancel-requested' }], start + 1))),
    );
    expect(answers.filter((code) => code === undefined)).toHaveLength(1);
    expect(answers.filter((code) => code === 'BuildConflict')).toHaveLength(5);
  });

  it('lets exactly one of many submits of the same key create a build', async () => {
    const { store, connect } = await freshStore(open);
    const plan = samplePlan();
    const stores = [store, ...(await Promise.all(Array.from({ length: 4 }, connect)))];
    const results = await Promise.all(
      stores.map((each) => {
        const build = sampleBuild(plan, { key: 'same' });
        return each.create(build, plan, [created(build)]);
      }),
    );
    expect(results.filter((result) => result.created)).toHaveLength(1);
    expect(new Set(results.map((result) => result.build.id)).size).toBe(1);
  });
}
