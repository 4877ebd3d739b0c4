import type { BatchStandIn } from '../../lab/batch-stand-in/server.ts';
import type { StandInOptions } from '../../lab/batch-stand-in/stand-in-options.ts';
import type { BatchClients } from '../../src/adapters/aws/batch/batch-clients.ts';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import { attemptName, type Build } from '../../src/domain/build.ts';
import { type DriverParts, type DriverPolicy, defaultPolicy } from '../../src/pipeline/drive/driver-parts.ts';
import { Reconciler } from '../../src/pipeline/drive/reconciler.ts';
import { submitBuild } from '../../src/pipeline/submit-build.ts';
import type { BuildStore } from '../../src/ports/build-store.ts';
import { type BatchBed, openBatchBed } from './batch-bed.ts';
import type { DriveOptions, Driver } from './driver-world.ts';
import { within } from './driver-world.ts';
import { FakeRegistry } from './fake-registry.ts';
import { expectInvariants, type SeenJob, type SeenWorld } from './invariants.ts';
import { type Fate, MortalProcess } from './mortal-process.ts';
import { samplePlan } from './sample-builds.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface BatchWorldOptions extends Partial<Omit<StandInOptions, 'clock' | 'conduct'>> {
  readonly conduct: (registry: FakeRegistry) => StandInOptions['conduct'];
  readonly settleMilliseconds?: number;
  readonly policy?: Partial<DriverPolicy>;
}

/**
 * The real pipeline over a stand-in for AWS Batch, which it calls over HTTP with the real SDK. Time is virtual, and
 * stops while a request is in progress. The registry is a fake, the store SQLite in memory.
 */
export interface BatchWorld {
  readonly clock: VirtualClock;
  readonly registry: FakeRegistry;
  readonly bed: BatchBed;
  readonly standIn: BatchStandIn;
  readonly store: BuildStore;
  readonly policy: DriverPolicy;
  readonly settleMilliseconds: number;
  readonly warnings: string[];
}

export async function openBatchWorld(options: BatchWorldOptions): Promise<BatchWorld> {
  const { conduct, settleMilliseconds = 60_000, policy, ...standIn } = options;
  const clock = new VirtualClock();
  const registry = new FakeRegistry();
  const bed = await openBatchBed({ ...standIn, clock, conduct: conduct(registry) });
  return {
    clock,
    registry,
    bed,
    standIn: bed.standIn,
    store: await openSqliteStore(':memory:'),
    // Coarser than in production: most of a pass polls what has not changed.
    policy: { ...defaultPolicy, intervalMilliseconds: 5_000, leaseMilliseconds: 30_000, ...policy },
    settleMilliseconds,
    warnings: [],
  };
}

export async function closeBatchWorld({ clock, bed, store }: BatchWorld): Promise<void> {
  clock.stop();
  await bed.dispose();
  await store.close();
}

/** Submits builds, each of a different commit. */
export async function submitBuilds(world: BatchWorld, count: number): Promise<readonly Build[]> {
  const builds: Build[] = [];
  const backend = { check: () => Promise.resolve() };
  for (let n = 0; n < count; n++) {
    const { build } = await submitBuild({ plan: samplePlan(), reference: 'main', force: false }, { ...world, backend });
    builds.push(build);
    // Ids contain the time: created at one moment, two could be the same by chance.
    await world.clock.sleep(1);
  }
  return builds;
}

/** Starts a process that drives builds until all are done. It dies with all of its connections. */
export function driveBatch(world: BatchWorld, { fates = [], signal, untilIdle = true }: DriveOptions = {}): Driver {
  const process = new MortalProcess(world.clock, ...fates);
  const registry = process.wrap(world.registry);
  const clients = world.bed.clients();
  carryBy(process, clients, world.clock);
  const { settleMilliseconds, policy } = world;
  const backend = world.bed.backend({ clock: process.clock, settleMilliseconds }, clients);
  const parts: DriverParts = {
    store: process.wrap(world.store),
    backend,
    registryFor: () => registry,
    clock: process.clock,
    reporter: { warning: (text) => world.warnings.push(text) },
    policy,
  };
  const reconciler = new Reconciler(parts);
  const running = reconciler.run({ signal: signal ?? new AbortController().signal, untilIdle });
  const over = Promise.race([running, process.died]).finally(() => backend.close());
  return { process, reconciler, over };
}

/** One process after the other, each starting when the previous one died, until one finds nothing more to do. */
export async function driveBatchThrough(world: BatchWorld, fates: readonly Fate[]): Promise<void> {
  for (const fate of [...fates, undefined]) {
    const driver = driveBatch(world, { fates: fate === undefined ? [] : [fate] });
    await within(world, 48, driver.over);
    if (!driver.process.dead) return;
  }
}

/** The SDK's middleware, as far as it is used here; the two clients' own types have nothing in common. */
interface InitializeStack {
  add(middleware: Middleware, options: { readonly step: 'initialize'; readonly priority: 'high' }): void;
}
type Send = (args: unknown) => Promise<unknown>;
type Middleware = (next: Send, context: { readonly commandName?: string }) => Send;

/** Each request is a step at which the process may die; while one is in progress, time stops. */
function carryBy(process: MortalProcess, { batch, logs }: BatchClients, clock: VirtualClock): void {
  const carry: Middleware = (next, { commandName = '' }) => {
    const operation = commandName.replace('Command', '');
    const wire = process.wrap({ [operation]: (args: unknown) => clock.hold(() => next(args)) });
    return (args) => wire[operation]?.(args) ?? Promise.reject(new Error(`nothing carries ${operation}`));
  };
  for (const client of [batch, logs]) {
    const stack = client.middlewareStack as unknown as InitializeStack;
    stack.add(carry, { step: 'initialize', priority: 'high' });
  }
}

/** See `expectInvariants`. */
export async function expectBatchInvariants(world: BatchWorld, id: string): Promise<Build> {
  return expectInvariants(seen(world), id);
}

function seen({ standIn, store, registry, policy, settleMilliseconds }: BatchWorld): SeenWorld {
  const jobs = standIn.api.jobs.map((job): SeenJob => {
    const lastStream = job.attempts.map(({ container }) => container.logStreamName).findLast(Boolean);
    return {
      id: job.job.jobId,
      request: { buildId: buildIdOf(job.job.jobName) },
      state: job.status === 'SUCCEEDED' ? 'succeeded' : job.status === 'FAILED' ? 'failed' : 'running',
      ended: job.isOver,
      vanished: job.vanished,
      released: true,
      lines: standIn.api.logs.linesOf(lastStream ?? '').map((line) => `${line}\n`),
    };
  });
  const submits = standIn.api.jobs.map(({ job, createdAt }) => ({ name: job.jobName, at: createdAt }));
  const features = {
    ...{ liveLogs: true, uniqueNames: false, maxConcurrentJobs: undefined },
    settleMilliseconds,
  };
  return { store, registry, policy, backend: { features, jobs, submits } };
}

/** See `attemptName`. */
function buildIdOf(jobName: string): string {
  const id = jobName.split('-')[1] ?? '';
  if (!jobName.startsWith(attemptName(id, 'linux/arm64', 1).slice(0, -'arm64-1'.length))) throw new Error(jobName);
  return id;
}
