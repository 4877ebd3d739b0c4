import { expect, it } from 'vitest';
import type { Build } from '../../../src/domain/build.ts';
import type { BuildEvent } from '../../../src/domain/build-event.ts';
import { platforms } from '../../../src/domain/platform.ts';
import { placesInQueue } from '../../../src/domain/queue.ts';
import type { IfBusy } from '../../../src/domain/queue-policy.ts';
import type { BuildStore } from '../../../src/ports/build-store.ts';
import { sampleBuild, samplePlan } from '../../helpers/sample-builds.ts';
import { buildFailed, created, freshStore, type OpenStore, refusal, start } from './open-store.ts';

/** Builds of commits that all publish `latest`. */
let submitted = 0;

async function submit(store: BuildStore, ifBusy: IfBusy, change: Partial<Build> = {}, latest = true): Promise<Build> {
  const plan = samplePlan({ latest });
  submitted += 1;
  const build = sampleBuild(plan, { createdAt: start + submitted, ...change });
  return (await store.create(build, plan, [created(build)], { ifBusy })).build;
}

const states = async (store: BuildStore): Promise<readonly string[]> =>
  (await store.list({ limit: 99 })).map(({ state }) => state).reverse();
const places = async (store: BuildStore) => placesInQueue(await store.queue());
const begin: BuildEvent = { type: 'build.started' };

export function queueCases(open: OpenStore): void {
  it('queues the newest build, and supersedes the older waiting one, with a link', async () => {
    const { store } = await freshStore(open);
    const running = await submit(store, 'queue-newest');
    const second = await submit(store, 'queue-newest');
    const third = await submit(store, 'queue-newest');
    expect(await states(store)).toEqual(['building', 'superseded', 'waiting']);
    expect(await store.load(second.id)).toMatchObject({
      supersededBy: third.id,
      finishedAt: third.createdAt,
      queue: undefined,
    });
    expect(await store.load(third.id)).toEqual(third);
    expect(third.queue).toEqual({ behind: running.id, whenBusy: 'queue-newest' });
    const types = (await store.events({ after: 0, limit: 99 })).map(({ buildId, event }) => [buildId, event.type]);
    expect(types).toEqual([
      [running.id, 'build.created'],
      [second.id, 'build.created'],
      [second.id, 'build.waiting'],
      [second.id, 'build.superseded'],
      [third.id, 'build.created'],
      [third.id, 'build.waiting'],
    ]);
    const [summary] = await store.list({ limit: 1 });
    expect(summary).toMatchObject({ id: third.id, queue: third.queue });
  });

  it('returns the displaced builds in their current state', async () => {
    const { store } = await freshStore(open);
    const running = await submit(store, 'refuse');
    const plan = samplePlan({ latest: true });
    const build = sampleBuild(plan, { createdAt: start + 1_000_000 });
    const { displaced } = await store.create(build, plan, [created(build)], { ifBusy: 'supersede' });
    expect(displaced).toEqual([
      { build: await store.load(running.id), event: { type: 'build.cancel-requested', supersededBy: build.id } },
    ]);
    expect(displaced[0]?.build).toMatchObject({ cancelRequestedAt: build.createdAt, supersededBy: build.id });
  });

  it('does not queue builds without a common tag', async () => {
    const { store } = await freshStore(open);
    await submit(store, 'queue-newest', {}, false);
    await submit(store, 'queue-newest', {}, false);
    expect(await states(store)).toEqual(['building', 'building']);
    expect(await store.queue()).toEqual([]);
  });

  it('starts a waiting build only when its tags are free, and holds them from then on', async () => {
    const { store } = await freshStore(open);
    const running = await submit(store, 'refuse');
    const waiting = await submit(store, 'queue-newest');
    expect(await refusal(store.append(waiting, [begin], start + 1))).toBe('TagInUse');
    expect(await store.load(waiting.id)).toEqual(waiting);
    await store.append(running, [buildFailed], start + 2);
    expect([...(await places(store))]).toEqual([[waiting.id, null]]);
    await store.append(waiting, [begin], start + 3);
    expect(await store.queue()).toEqual([]);
    expect(await refusal(submit(store, 'refuse'))).toBe('TagInUse');
  });

  it('starts a build once under concurrent attempts', async () => {
    const { store, connect } = await freshStore(open);
    const running = await submit(store, 'refuse');
    const waiting = await submit(store, 'queue-all');
    await store.append(running, [buildFailed], start + 1);
    const stores = [store, ...(await Promise.all(Array.from({ length: 3 }, connect)))];
    const answers = await Promise.all(stores.map((each) => refusal(each.append(waiting, [begin], start + 2))));
    expect(answers.sort()).toEqual(['BuildConflict', 'BuildConflict', 'BuildConflict', undefined]);
  });

  it('keeps the order of many waiting builds: none starts before those ahead of it', async () => {
    const { store, connect } = await freshStore(open);
    const running = await submit(store, 'queue-all');
    const stores = await Promise.all(Array.from({ length: 3 }, connect));
    await Promise.all(Array.from({ length: 50 }, (_, index) => submit(stores[index % 3] ?? store, 'queue-all')));
    let behind = running;
    for (let left = 50; left > 0; left -= 1) {
      const queue = await places(store);
      expect(queue.size).toBe(left);
      const [first, second] = [...queue.keys()];
      await store.append(behind, [buildFailed], start + 1);
      if (second !== undefined) {
        const early = await store.load(second);
        if (early !== undefined) expect(await refusal(store.append(early, [begin], start + 2))).toBe('TagInUse');
      }
      const next = await store.load(first ?? '');
      if (next === undefined) throw new Error('the first of the queue is gone');
      behind = await store.append(next, [begin], start + 2);
    }
  });

  it('runs exactly one of two builds submitted at the same instant, and queues the other', async () => {
    const { store, connect } = await freshStore(open);
    const stores = [store, await connect()];
    await Promise.all(stores.map((each) => submit(each, 'queue-newest', { createdAt: start })));
    expect([...(await states(store))].sort()).toEqual(['building', 'waiting']);
    const builds = await store.open();
    const waiting = builds.find(({ state }) => state === 'waiting');
    expect(waiting?.queue?.behind).toBe(builds.find(({ state }) => state === 'building')?.id);
  });

  it('leaves exactly one build waiting under concurrent submits, and supersedes the others', async () => {
    const { store, connect } = await freshStore(open);
    const stores = await Promise.all(Array.from({ length: 4 }, connect));
    await Promise.all(Array.from({ length: 20 }, (_, index) => submit(stores[index % 4] ?? store, 'queue-newest')));
    const counts = await store.countByState();
    expect([counts.get('building'), counts.get('waiting'), counts.get('superseded')]).toEqual([1, 1, 18]);
  });

  it('refuses, on request, tags that a waiting build will publish', async () => {
    const { store } = await freshStore(open);
    const running = await submit(store, 'refuse');
    const waiting = await submit(store, 'queue-all');
    await store.append(running, [buildFailed], start + 1);
    await expect(submit(store, 'refuse')).rejects.toMatchObject({
      code: 'TagInUse',
      message: expect.stringContaining(`build ${waiting.id} waits`) as string,
    });
  });

  it('joins a waiting build of the same key', async () => {
    const { store } = await freshStore(open);
    await submit(store, 'refuse');
    const plan = samplePlan({ latest: true });
    const build = sampleBuild(plan, { createdAt: start + 1_000_000 });
    await store.create(build, plan, [created(build)], { ifBusy: 'queue-newest' });
    const again = await store.create(sampleBuild(plan, { key: build.key }), plan, [], { ifBusy: 'queue-newest' });
    expect(again).toMatchObject({ created: false, build: { id: build.id, state: 'waiting' }, displaced: [] });
    expect(await store.findByKey(build.key)).toMatchObject({ id: build.id });
  });

  it('gives the place of a cancelled waiting build to the next', async () => {
    const { store } = await freshStore(open);
    const running = await submit(store, 'queue-all');
    const second = await submit(store, 'queue-all');
    const third = await submit(store, 'queue-all');
    await store.append(second, [{ type: 'build.cancel-requested' }, { type: 'build.cancelled' }], start + 1);
    expect([...(await places(store))]).toEqual([[third.id, running.id]]);
  });

  it('retries a superseded build only once its tags are free', async () => {
    const { store } = await freshStore(open);
    const running = await submit(store, 'queue-newest');
    const second = await submit(store, 'queue-newest');
    const third = await submit(store, 'queue-newest');
    const superseded = await store.load(second.id);
    if (superseded === undefined) throw new Error('the superseded build is gone');
    const retry: BuildEvent = { type: 'build.retried', platforms };
    expect(await refusal(store.append(superseded, [retry], start + 1))).toBe('TagInUse');
    await store.append(running, [buildFailed], start + 2);
    const retried = await store.append(superseded, [retry], start + 3);
    expect(await store.load(second.id)).toMatchObject({ state: 'building', supersededBy: undefined });
    expect([...(await places(store))]).toEqual([[third.id, retried.id]]);
  });

  it('refuses to retry a build while another one of its key waits', async () => {
    const { store } = await freshStore(open);
    const plan = samplePlan({ latest: true });
    const first = sampleBuild(plan, { createdAt: start + 1_000_000, key: 'same' });
    await store.create(first, plan, [created(first)]);
    const failed = await store.append(first, [buildFailed], start + 1);
    const running = await submit(store, 'refuse');
    const again = sampleBuild(plan, { createdAt: start + 2_000_000, key: 'same' });
    await store.create(again, plan, [created(again)], { ifBusy: 'queue-all' });
    await store.append(running, [buildFailed], start + 2);
    expect(await refusal(store.append(failed, [{ type: 'build.retried', platforms }], start + 3))).toBe('TagInUse');
  });
}
