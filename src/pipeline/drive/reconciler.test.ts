import { describe, expect, it } from 'vitest';
import {
  type DriverWorld,
  drive,
  freshWorld,
  requireEnded,
  submit,
  within,
} from '../../../test/helpers/driver-world.ts';
import { expectInvariants } from '../../../test/helpers/invariants.ts';
import { samplePlan } from '../../../test/helpers/sample-builds.ts';
import { buildToJson } from '../../build-json/json.ts';
import type { Build } from '../../domain/build.ts';
import { cancelBuild } from '../change-build.ts';

const second = 1000;
const minute = 60 * second;

describe('a driver', () => {
  it('returns at once if there is nothing to do, and releases the lease', async () => {
    const world = await freshWorld();
    const begin = world.clock.now();
    await within(world, 1, drive(world).over);
    expect(world.clock.now() - begin).toBeLessThan(second);
    expect(await world.store.leaseHolder(world.clock.now())).toBeUndefined();
  });

  it('runs until aborted, and handles builds submitted meanwhile', async () => {
    const world = await freshWorld();
    const ending = new AbortController();
    const { over } = drive(world, { signal: ending.signal, untilIdle: false });
    await world.clock.sleep(10 * minute);
    const { id } = await submit(world);
    await world.clock.sleep(10 * minute);
    expect((await expectInvariants(world, id)).state).toBe('published');
    ending.abort();
    await within(world, 1, over);
  });

  it('lists images in the order of the plan if the first job of the plan is slower', async () => {
    const world = await freshWorld({
      backend: { script: ({ platform }) => ({ runMilliseconds: (platform === 'linux/arm64' ? 9 : 1) * minute }) },
    });
    const { id } = await submit(world);
    await within(world, 5, drive(world).over);
    const { images } = buildToJson(await requireEnded(world, id));
    expect(images.map(({ platform, image }) => [platform, image])).toEqual([
      ['linux/arm64', 'task'],
      ['linux/amd64', 'task'],
      ['linux/amd64', 'submit'],
    ]);
  });

  it('starts a pass at once when woken', async () => {
    const world = await freshWorld({ policy: { intervalMilliseconds: 5 * minute } });
    const ending = new AbortController();
    const { reconciler, over } = drive(world, { signal: ending.signal, untilIdle: false });
    await world.clock.sleep(minute);
    await submit(world);
    reconciler.wake();
    await world.clock.sleep(second);
    expect(world.backend.jobs).toHaveLength(2);
    ending.abort();
    await within(world, 1, over);
  });

  it('leaves the jobs of an aborted run to the next one', async () => {
    const world = await freshWorld();
    const { id } = await submit(world);
    const ending = new AbortController();
    const { over } = drive(world, { signal: ending.signal });
    world.clock.after(20 * second, () => ending.abort());
    await within(world, 1, over);
    expect(world.backend.running()).toHaveLength(2);
    await within(world, 1, drive(world).over);
    expect((await expectInvariants(world, id)).state).toBe('published');
    expect(world.backend.jobs).toHaveLength(2);
  });

  it('records nothing of a job that is still waiting to be sent when it ends', async () => {
    const world = await freshWorld();
    Object.assign(world.backend, { readyToSubmit: (signal: AbortSignal) => world.clock.sleep(60 * minute, signal) });
    const { id } = await submit(world);
    const ending = new AbortController();
    const { over } = drive(world, { signal: ending.signal });
    world.clock.after(20 * second, () => ending.abort());
    await within(world, 1, over);
    expect((await world.store.load(id))?.jobs.flatMap(({ attempts }) => attempts)).toEqual([]);
    Object.assign(world.backend, { readyToSubmit: undefined });
    const begin = world.clock.now();
    await within(world, 5, drive(world).over);
    expect((await expectInvariants(world, id)).state).toBe('published');
    // There is no wait for a job that was never submitted.
    expect(world.backend.submits.every(({ at }) => at - begin < 5 * second)).toBe(true);
  });

  it('does not send a job that was cancelled while waiting to be sent', async () => {
    const world = await freshWorld();
    Object.assign(world.backend, { readyToSubmit: (signal: AbortSignal) => world.clock.sleep(minute, signal) });
    const { id } = await submit(world);
    const { over } = drive(world);
    await world.clock.sleep(20 * second);
    await cancelBuild(id, world);
    await within(world, 5, over);
    expect((await expectInvariants(world, id)).state).toBe('cancelled');
    expect(world.backend.submits).toEqual([]);
  });

  it('keeps the id of a job that was sent while its build changed', async () => {
    const world = await freshWorld();
    const { id } = await submit(world);
    const send = world.backend.submit.bind(world.backend);
    let isCancelled = false;
    const sendThenCancel: typeof send = async (request) => {
      const handle = await send(request);
      if (!isCancelled) await cancelBuild(id, world);
      isCancelled = true;
      return handle;
    };
    Object.assign(world.backend, { submit: sendThenCancel });
    const finds: string[] = [];
    const findByName = world.backend.findByName.bind(world.backend);
    const find: typeof findByName = (name) => {
      finds.push(name);
      return findByName(name);
    };
    Object.assign(world.backend, { findByName: find });
    await within(world, 30, drive(world).over);
    expect((await expectInvariants(world, id)).state).toBe('cancelled');
    expect(finds).toEqual([]);
  });

  it('looks up a job by name only while one may appear late, and at its end', async () => {
    let isLost = false;
    const finds: number[] = [];
    const world: DriverWorld = await freshWorld({
      backend: {
        script: () => ({ runMilliseconds: 60 * minute }),
        fault: (operation) => {
          if (operation === 'find') finds.push(world.clock.now());
          if (operation !== 'submit' || isLost) return undefined;
          isLost = true;
          return 'lost-after';
        },
      },
    });
    const begin = world.clock.now();
    const { id } = await submit(world);
    await within(world, 120, drive(world).over);
    expect((await expectInvariants(world, id)).state).toBe('published');
    const amid = finds.filter((at) => at - begin > 3 * minute && at - begin < 55 * minute);
    expect(finds.length).toBeGreaterThan(0);
    expect(amid).toEqual([]);
  });

  it('waits while another driver holds the lease, and takes over when that one dies', async () => {
    const world = await freshWorld();
    const { id } = await submit(world);
    const first = drive(world);
    const next = drive(world);
    await world.clock.sleep(20 * second);
    const submits = world.backend.submits.length;
    const early = await world.store.leaseHolder(world.clock.now());
    first.process.kill();
    await within(world, 1, next.over);
    expect((await expectInvariants(world, id)).state).toBe('published');
    expect([submits, world.backend.submits.length]).toEqual([2, 2]);
    expect(early?.epoch).toBe(1);
    expect(await world.store.acquireLease('another', world.clock.now(), 1)).toMatchObject({ epoch: 3 });
  });

  it('stops driving after a pause longer than its lease', async () => {
    const world = await freshWorld();
    const { id } = await submit(world);
    const paused = drive(world, { fates: [{ call: 20, when: 'before', pauseMilliseconds: 30 * second }] });
    await within(world, 1, Promise.all([paused.over, drive(world).over]));
    expect((await expectInvariants(world, id)).state).toBe('published');
  });

  it('respects the limit of concurrent jobs, and finishes the older build first', async () => {
    const world = await freshWorld({ backend: { features: { maxConcurrentJobs: 2 } } });
    const builds: Build[] = [];
    for (const plan of [world.plan, samplePlan(), samplePlan()]) {
      builds.push(await submit(world, plan));
      await world.clock.sleep(1);
    }
    let most = 0;
    const count = (): void => {
      most = Math.max(most, world.backend.running().length);
      if (world.clock.now() < (builds[0]?.createdAt ?? 0) + 10 * minute) world.clock.after(500, count);
    };
    count();
    await within(world, 1, drive(world).over);
    const ended = await Promise.all(builds.map(({ id }) => requireEnded(world, id)));
    expect(ended.map(({ state }) => state)).toEqual(['published', 'published', 'published']);
    expect(ended.map(({ finishedAt }) => finishedAt)).toEqual(ended.map(({ finishedAt }) => finishedAt).sort());
    expect(most).toBe(2);
  });
});

describe('a cancel', () => {
  it('stops both jobs and ends the build, however long they take to stop', async () => {
    const world = await freshWorld({ backend: { script: () => ({ ignoresTerminateMilliseconds: 45 * second }) } });
    const { id } = await submit(world);
    world.clock.after(10 * second, () => void cancelBuild(id, world));
    await within(world, 1, drive(world).over);
    const build = await expectInvariants(world, id);
    expect(build.state).toBe('cancelled');
    expect(world.backend.jobs.map(({ exitCode }) => exitCode)).toEqual([143, 143]);
  });

  it('does not wait for an unavailable registry', async () => {
    const world = await freshWorld({ policy: { intervalMilliseconds: 10 * second } });
    const { id, createdAt } = await submit(world);
    world.clock.after(10 * second, () => (world.registry.down = true));
    world.clock.after(2 * minute, () => void cancelBuild(id, world));
    await within(world, 1, drive(world).over);
    const build = await expectInvariants(world, id);
    expect(build.state).toBe('cancelled');
    expect((build.finishedAt ?? 0) - createdAt).toBeLessThan(3 * minute);
  });
});

describe('a failure', () => {
  it('of one platform stops the other, publishes nothing and is reported', async () => {
    const end = { phase: 'build', reason: 'step-failed', exitCode: 47 } as const;
    const world = await freshWorld({
      backend: { script: ({ platform }) => (platform === 'linux/arm64' ? { end, runMilliseconds: 9000 } : {}) },
    });
    const { id } = await submit(world);
    await within(world, 1, drive(world).over);
    const build = await expectInvariants(world, id);
    expect(build).toMatchObject({
      state: 'failed',
      failure: { platform: 'linux/arm64', phase: 'build', reason: 'step-failed' },
    });
    expect(build.jobs.map(({ state }) => state)).toEqual(['failed', 'stopped']);
    expect(build.failure?.logTail).toContain('building for linux/arm64');
  });

  it('of a lost host costs an attempt, not the build', async () => {
    const world = await freshWorld({
      backend: { script: ({ attempt }) => ({ end: attempt === 1 ? 'host-lost' : 'succeeds' }) },
    });
    const { id } = await submit(world);
    await within(world, 1, drive(world).over);
    const build = await expectInvariants(world, id);
    expect(build.state).toBe('published');
    expect(build.jobs.map(({ attempts }) => attempts.length)).toEqual([2, 2]);
  });

  it('of repeatedly lost hosts ends the build', async () => {
    const world = await freshWorld({ backend: { script: () => ({ end: 'host-lost' }) } });
    const { id } = await submit(world);
    await within(world, 1, drive(world).over);
    const build = await expectInvariants(world, id);
    expect(build).toMatchObject({ state: 'failed', failure: { code: 'JobLost' } });
    expect(build.jobs[0]?.attempts).toHaveLength(3);
  });

  it('of a host that the backend replaces leads to a read-back by the new key', async () => {
    const world = await freshWorld({
      backend: { retriesLostHosts: true, script: () => ({ end: 'host-lost' }) },
    });
    const { id } = await submit(world);
    await within(world, 1, drive(world).over);
    const build = await expectInvariants(world, id);
    expect(build.state).toBe('published');
    expect(build.images.map(({ stagingTag }) => stagingTag)).toContain('staging-task-arm64-job1-2');
  });

  it('of hosts that the backend has replaced without success costs no further attempts', async () => {
    const world = await freshWorld({ backend: { retriesLostHosts: true, script: () => ({ end: 'hosts-lost' }) } });
    const { id } = await submit(world);
    await within(world, 1, drive(world).over);
    const build = await expectInvariants(world, id);
    expect(build).toMatchObject({ state: 'failed', failure: { code: 'JobLost', retriesSpent: true } });
    expect(build.jobs[0]?.attempts).toHaveLength(1);
  });

  it('of a job that the backend refuses permanently is not retried', async () => {
    const world = await freshWorld({
      backend: { fault: (operation) => (operation === 'submit' ? 'refused' : undefined) },
    });
    const { id } = await submit(world);
    await within(world, 1, drive(world).over);
    const build = await expectInvariants(world, id);
    expect(build).toMatchObject({ state: 'failed', failure: { code: 'JobRefused', infrastructure: false } });
    expect(build.jobs.map(({ attempts }) => attempts.length)).toEqual([1, 1]);
  });

  it('of an engine that answers look-ups but accepts no job does not cause frequent polling', async () => {
    const world = await freshWorld({
      policy: { intervalMilliseconds: 10 * second },
      plan: { timeouts: { waitSeconds: 120, runSeconds: 600 } },
      backend: {
        features: { settleMilliseconds: 0 },
        fault: (operation) => (operation === 'submit' ? 'lost-before' : undefined),
      },
    });
    const { id } = await submit(world);
    await within(world, 1, drive(world).over);
    expect(await expectInvariants(world, id)).toMatchObject({ state: 'failed', failure: { code: 'JobTimedOut' } });
    expect((await world.store.events({ after: 0, limit: 10_000, buildId: id })).length).toBeLessThan(150);
  });

  it('of the registry is recorded once, not on each request, even if its text differs by platform', async () => {
    const world = await freshWorld({ policy: { intervalMilliseconds: 10 * second } });
    const { id } = await submit(world);
    world.clock.after(10 * second, () => (world.registry.down = true));
    world.clock.after(10 * minute, () => (world.registry.down = false));
    await within(world, 1, drive(world).over);
    expect((await expectInvariants(world, id)).state).toBe('published');
    const events = await world.store.events({ after: 0, limit: 100_000, buildId: id });
    expect(events.filter(({ event }) => event.type === 'publish.waiting').length).toBeLessThanOrEqual(3);
  });
});
