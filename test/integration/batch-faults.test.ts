import { describe, expect, it, onTestFinished } from 'vitest';
import { type Fault, randomFaults, seededRandom } from '../../lab/batch-stand-in/faults.ts';
import { hostLost } from '../../lab/batch-stand-in/run.ts';
import type { StandInJob } from '../../lab/batch-stand-in/stand-in-job.ts';
import { cancelBuild } from '../../src/pipeline/change-build.ts';
import { builderRun, buildFailed } from '../helpers/batch-conduct.ts';
import {
  type BatchWorld,
  type BatchWorldOptions,
  closeBatchWorld,
  driveBatch,
  driveBatchThrough,
  expectBatchInvariants,
  openBatchWorld,
  submitBuilds,
} from '../helpers/batch-world.ts';
import { within } from '../helpers/driver-world.ts';
import type { FakeRegistry } from '../helpers/fake-registry.ts';
import type { Fate } from '../helpers/mortal-process.ts';
import { patientTimeout } from '../helpers/soak.ts';
import { soakBuilds } from '../helpers/soak-builds.ts';

// On a stand-in for AWS Batch, over HTTP, with the real SDK: see lab/batch-stand-in/README.md for what that shows.

const { builds: count, seed } = soakBuilds(16);
const allFaults: readonly Fault[] = ['lost-before', 'lost-after', 'error-before', 'error-after', 'throttled'];

async function freshWorld(options: BatchWorldOptions): Promise<BatchWorld> {
  const world = await openBatchWorld(options);
  onTestFinished(() => closeBatchWorld(world));
  return world;
}

/** Long enough that a duplicate is found while it runs. */
function slowBuilds(random: () => number) {
  return (registry: FakeRegistry) => () => ({
    submittedMilliseconds: 1_000,
    runnableMilliseconds: Math.floor(random() * 60_000),
    startingMilliseconds: 2_000,
    runs: [builderRun(registry, 200_000 + Math.floor(random() * 400_000))],
  });
}

/** Deaths at random steps, one after the other. */
function crashes(random: () => number, number: number, within: number): Fate[] {
  return Array.from({ length: number }, () => ({
    call: 1 + Math.floor(random() * within),
    when: random() < 0.5 ? 'before' : 'after',
  }));
}

function jobsByName(world: BatchWorld): readonly (readonly StandInJob[])[] {
  const byName = new Map<string, StandInJob[]>();
  for (const job of world.standIn.api.jobs) {
    byName.set(job.job.jobName, [...(byName.get(job.job.jobName) ?? []), job]);
  }
  return [...byName.values()];
}

describe(`${String(count)} builds, seed ${String(seed)}`, { timeout: patientTimeout + count * 30_000 }, () => {
  it('start two jobs each, though 30% of calls fail, drivers die, and ListJobs lags below the settle window', async () => {
    const random = seededRandom(seed);
    const world = await freshWorld({
      conduct: slowBuilds(random),
      faults: randomFaults(0.3, seed, allFaults),
      listLagMilliseconds: 40_000,
    });
    const builds = await submitBuilds(world, count);
    await driveBatchThrough(world, crashes(random, 6, count * 60));
    for (const { id } of builds) expect((await expectBatchInvariants(world, id)).state).toBe('published');
    expect(world.standIn.api.jobs).toHaveLength(2 * count);
    expect(jobsByName(world)).toHaveLength(2 * count);
  });

  it('are each published once, their duplicates terminated, when ListJobs lags beyond the settle window', async () => {
    const random = seededRandom(seed + 1);
    const world = await freshWorld({
      conduct: slowBuilds(random),
      faults: randomFaults(0.3, seed + 1, allFaults),
      listLagMilliseconds: 90_000,
    });
    const builds = await submitBuilds(world, count);
    await driveBatchThrough(world, crashes(random, 4, count * 60));
    const adopted = new Set<string | undefined>();
    for (const { id } of builds) {
      const build = await expectBatchInvariants(world, id);
      expect(build.state).toBe('published');
      for (const { attempts } of build.jobs) for (const { backendId } of attempts) adopted.add(backendId);
    }
    const duplicates = world.standIn.api.jobs.filter(({ job }) => !adopted.has(job.jobId));
    expect(duplicates.length).toBeGreaterThan(0);
    for (const { status, statusReason } of duplicates)
      expect({ status, statusReason }).toEqual({
        status: 'FAILED',
        statusReason: 'another job of the same name is already running',
      });
  });

  it('start two jobs each when the account allows two submits a second and responses are lost', async () => {
    const random = seededRandom(seed + 2);
    const lost = randomFaults(0.3, seed + 2, ['lost-after']);
    const world = await freshWorld({
      conduct: slowBuilds(random),
      faults: (operation) => (operation === 'SubmitJob' ? lost(operation) : undefined),
      submitsPerSecond: 2,
      listLagMilliseconds: 50_000,
    });
    const builds = await submitBuilds(world, count);
    await within(world, 48, driveBatch(world).over);
    for (const { id } of builds) expect((await expectBatchInvariants(world, id)).state).toBe('published');
    expect(world.standIn.throttled).toBeGreaterThan(0);
    expect(world.standIn.api.jobs).toHaveLength(2 * count);
  });

  it('stop the other half when one half fails, and publish nothing of it', async () => {
    const random = seededRandom(seed + 3);
    const world = await freshWorld({
      faults: randomFaults(0.1, seed + 3, allFaults),
      conduct: (registry) => (job) => ({
        runnableMilliseconds: Math.floor(random() * 20_000),
        // Far enough apart that CloudWatch's limit leaves time to read the end of each log.
        runs: [
          job.queue === 'builds-arm64'
            ? builderRun(registry, 30_000 + Math.floor(random() * count * 1_000), { end: buildFailed })
            : builderRun(registry, 3_600_000),
        ],
      }),
    });
    const builds = await submitBuilds(world, count);
    await within(world, 48, driveBatch(world).over);
    for (const { id } of builds) {
      const build = await expectBatchInvariants(world, id);
      expect(build).toMatchObject({
        state: 'failed',
        failure: { code: 'JobFailed', platform: 'linux/arm64', queue: 'builds-arm64', phase: 'build', exitCode: 1 },
      });
      expect(build.failure?.logTail).toEqual(['building on linux/arm64', 'error: it went wrong']);
    }
    const siblings = world.standIn.api.jobs.filter(({ job }) => job.queue === 'builds-amd64');
    for (const sibling of siblings) expect(sibling.statusReason).toBe('the other job of the build failed');
    expect(world.registry.moves).toEqual([]);
  });
});

describe('a job that failed because of the infrastructure', () => {
  const gitUnreachable = { end: { exitCode: 44 }, fail: 'clone - git-unreachable 128 no answer' };
  const notInitialized = { statusReason: 'Task failed to start', reason: 'ResourceInitializationError: no secrets' };

  it.each([
    ['git did not respond', gitUnreachable],
    ['its task could not be made ready', { end: notInitialized }],
    ['its container could not be started', { end: { ...notInitialized, reason: 'DockerTimeoutError: no start' } }],
  ])('is retried, because Batch does not retry it, where %s', async (_, how) => {
    const world = await freshWorld({
      conduct:
        (registry) =>
        ({ jobName }) => ({ runs: [builderRun(registry, 5_000, jobName.endsWith('-1') ? how : {})] }),
    });
    const [build] = await submitBuilds(world, 1);
    await within(world, 2, driveBatch(world).over);
    const { state, jobs } = await expectBatchInvariants(world, build?.id ?? '');
    expect(state).toBe('published');
    expect(jobs.map(({ attempts }) => attempts.length)).toEqual([2, 2]);
  });

  it('is not retried after three attempts by Batch', async () => {
    const world = await freshWorld({
      conduct: (registry) => () => ({ runs: [builderRun(registry, 5_000, { end: hostLost })] }),
    });
    const [build] = await submitBuilds(world, 1);
    await within(world, 2, driveBatch(world).over);
    expect(await expectBatchInvariants(world, build?.id ?? '')).toMatchObject({
      state: 'failed',
      failure: { code: 'JobLost', infrastructure: true, retriesSpent: true },
    });
    expect(world.standIn.api.jobs.map(({ attempts }) => attempts.length)).toEqual([3, 3]);
  });
});

it('a stopping driver submits nothing more, and the next one submits the rest, once', async () => {
  const world = await freshWorld({
    conduct: (registry) => () => ({ runs: [builderRun(registry, 30_000)] }),
    policy: { intervalMilliseconds: 20_000 },
  });
  const builds = await submitBuilds(world, 40);
  const stop = new AbortController();
  const driver = driveBatch(world, { signal: stop.signal });
  const { jobs } = world.standIn.api;
  let sent = 0;
  world.clock.after(700, () => {
    sent = jobs.length;
    stop.abort();
  });
  await within(world, 1, driver.over);
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThan(70);
  // One may have been on its way.
  expect(jobs.length).toBeLessThanOrEqual(sent + 1);
  await within(world, 2, driveBatch(world).over);
  for (const { id } of builds) expect((await expectBatchInvariants(world, id)).state).toBe('published');
  expect(jobs).toHaveLength(80);
});

describe('a build that is cancelled', () => {
  const long = 3_600_000;
  const states = {
    SUBMITTED: { submittedMilliseconds: long },
    PENDING: { pendingMilliseconds: long },
    RUNNABLE: { runnableMilliseconds: long },
    STARTING: { startingMilliseconds: long },
    RUNNING: {},
  } as const;

  it.each(Object.entries(states))('has both of its jobs terminated while they are %s', async (state, conduct) => {
    const world = await freshWorld({
      conduct: (registry) => () => ({ ...conduct, runs: [builderRun(registry, long)] }),
    });
    const [build] = await submitBuilds(world, 1);
    if (build === undefined) throw new Error('nothing was submitted');
    const { jobs } = world.standIn.api;
    world.clock.after(20_000, () => {
      expect(jobs.map(({ status }) => status)).toEqual([state, state]);
      void cancelBuild(build.id, world);
    });
    await within(world, 2, driveBatch(world).over);
    expect(jobs).toHaveLength(2);
    for (const { status, statusReason, statuses } of jobs) {
      expect({ status, statusReason }).toEqual({ status: 'FAILED', statusReason: 'the build was cancelled' });
      expect(statuses.at(-2)).toBe(state);
    }
    expect((await expectBatchInvariants(world, build.id)).state).toBe('cancelled');
  });
});
