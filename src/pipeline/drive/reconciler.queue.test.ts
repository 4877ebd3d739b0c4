import { describe, expect, it } from 'vitest';
import {
  type DriverWorld,
  drive,
  driveThroughCrashes,
  freshWorld,
  requireEnded,
  submit,
  within,
} from '../../../test/helpers/driver-world.ts';
import { expectInvariants } from '../../../test/helpers/invariants.ts';
import { samplePlan } from '../../../test/helpers/sample-builds.ts';
import type { IfBusy } from '../../domain/queue-policy.ts';
import { cancelBuild, retryBuild } from '../change-build.ts';

const second = 1000;

/** Submits a commit that also puts `latest`. */
async function push(world: DriverWorld, ifBusy: IfBusy = 'queue-newest'): Promise<string> {
  await world.clock.sleep(1);
  return (await submit(world, samplePlan({ latest: true }), ifBusy)).id;
}

async function ends(world: DriverWorld, ids: readonly string[]): Promise<readonly string[]> {
  await within(world, 48, drive(world).over);
  const builds = await Promise.all(ids.map((id) => expectInvariants(world, id)));
  return builds.map(({ state }) => state);
}

const latest = (world: DriverWorld) => world.registry.moves.filter(({ tag }) => tag === 'latest');

describe('a driver of waiting builds', () => {
  it('builds only the newest of the waiting pushes', async () => {
    const world = await freshWorld();
    const ids = [await push(world), await push(world), await push(world)];
    expect(await ends(world, ids)).toEqual(['published', 'superseded', 'published']);
    expect(world.backend.jobs).toHaveLength(4);
    expect(latest(world)).toHaveLength(2);
    expect(world.warnings).toEqual([]);
  });

  it('builds all in order with queue-all', async () => {
    const world = await freshWorld();
    const ids: string[] = [];
    for (let index = 0; index < 50; index += 1) ids.push(await push(world, 'queue-all'));
    expect(new Set(await ends(world, ids))).toEqual(new Set(['published']));
    const starts = (await world.store.events({ after: 0, limit: 10_000 })).filter(
      ({ event }) => event.type === 'build.started',
    );
    expect(starts.map(({ buildId }) => buildId)).toEqual(ids.slice(1));
    expect(latest(world)).toHaveLength(50);
  });

  it('stops the running build for a newer one', async () => {
    const world = await freshWorld();
    const old = await push(world, 'supersede');
    const ending = new AbortController();
    const { over } = drive(world, { signal: ending.signal, untilIdle: false });
    await world.clock.sleep(20 * second);
    const newer = await push(world, 'supersede');
    await world.clock.sleep(600 * second);
    ending.abort();
    await within(world, 1, over);
    expect(await ends(world, [old, newer])).toEqual(['superseded', 'published']);
    expect(await requireEnded(world, old)).toMatchObject({ supersededBy: newer });
    expect(latest(world)).toHaveLength(1);
  });

  it('does not stop a build that is already publishing', async () => {
    const world = await freshWorld();
    const old = await push(world);
    const ending = new AbortController();
    const { over } = drive(world, { signal: ending.signal, untilIdle: false });
    world.registry.fault = (operation) => (operation === 'put' ? 'lost-before' : undefined);
    while ((await world.store.load(old))?.state !== 'publishing') await world.clock.sleep(second);
    const newer = await push(world, 'supersede');
    world.registry.fault = () => undefined;
    await world.clock.sleep(600 * second);
    ending.abort();
    await within(world, 1, over);
    expect(await ends(world, [old, newer])).toEqual(['published', 'published']);
  });

  it('starts a waiting build in the process that follows a crash', async () => {
    for (const call of [2, 5, 9, 14, 20, 27, 35]) {
      const world = await freshWorld();
      const ids = [await push(world), await push(world)];
      const when = call % 2 === 0 ? 'before' : 'after';
      await driveThroughCrashes(world, [
        { call, when },
        { call: call + 3, when },
      ]);
      expect(await ends(world, ids)).toEqual(['published', 'published']);
    }
  });

  it('starts a waiting build once if another process takes over the lease', async () => {
    const world = await freshWorld();
    const ids = [await push(world), await push(world)];
    const rival = drive(world, { fates: [{ call: 30, when: 'before', pauseMilliseconds: 60 * second }] });
    const other = drive(world);
    await within(world, 48, Promise.all([rival.over, other.over]));
    expect(await ends(world, ids)).toEqual(['published', 'published']);
    expect(world.backend.jobs).toHaveLength(4);
  });

  it('ends a cancelled waiting build without a job, and starts the next one', async () => {
    const world = await freshWorld();
    const ids = [await push(world, 'queue-all'), await push(world, 'queue-all'), await push(world, 'queue-all')];
    expect(await cancelBuild(ids[1] ?? '', world)).toMatchObject({ state: 'waiting' });
    expect(await ends(world, ids)).toEqual(['published', 'cancelled', 'published']);
    expect(world.backend.jobs).toHaveLength(4);
  });

  it('rebuilds a superseded build on request, and leaves the tag to the newer one', async () => {
    const world = await freshWorld();
    const ids = [await push(world), await push(world), await push(world)];
    await ends(world, ids);
    await retryBuild(ids[1] ?? '', { ...world, registryFor: () => world.registry, secretRules: new Map() });
    expect(await ends(world, ids)).toEqual(['published', 'published', 'published']);
    const retried = await requireEnded(world, ids[1] ?? '');
    expect(retried.tags.find(({ tag }) => tag === 'latest')?.state).toBe('kept');
  });

  it('gives a waiting build no slots, and does not delay builds of other tags', async () => {
    const world = await freshWorld({ backend: { features: { maxConcurrentJobs: 2, settleMilliseconds: 0 } } });
    const ids = [await push(world), await push(world)];
    const { id: other } = await submit(world, samplePlan());
    expect(await ends(world, [...ids, other])).toEqual(['published', 'published', 'published']);
    const order = world.backend.jobs.map(({ request }) => request.buildId);
    expect(order.slice(0, 2)).toEqual([ids[0], ids[0]]);
  });
});
