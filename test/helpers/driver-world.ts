import { onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import { type Build, isEnded } from '../../src/domain/build.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { IfBusy } from '../../src/domain/queue-policy.ts';
import { type DriverParts, type DriverPolicy, defaultPolicy } from '../../src/pipeline/drive/driver-parts.ts';
import { Reconciler } from '../../src/pipeline/drive/reconciler.ts';
import { submitBuild } from '../../src/pipeline/submit-build.ts';
import type { BuildStore } from '../../src/ports/build-store.ts';
import { FakeJobBackend, type FakeJobBackendOptions } from './fake-job-backend.ts';
import { FakeRegistry } from './fake-registry.ts';
import { type Fate, MortalProcess } from './mortal-process.ts';
import { type SamplePlanOptions, samplePlan } from './sample-builds.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface WorldOptions {
  readonly backend?: Partial<FakeJobBackendOptions>;
  readonly policy?: Partial<DriverPolicy>;
  readonly plan?: SamplePlanOptions;
}

/** Everything outside a driver: it survives the driver. Time is virtual, the store is SQLite in memory. */
export interface DriverWorld {
  readonly clock: VirtualClock;
  readonly registry: FakeRegistry;
  readonly backend: FakeJobBackend;
  readonly store: BuildStore;
  readonly plan: Plan;
  readonly policy: DriverPolicy;
  /** The warnings of drivers. */
  readonly warnings: string[];
}

export async function createWorld({ backend, policy, plan }: WorldOptions = {}): Promise<DriverWorld> {
  const clock = new VirtualClock();
  const registry = new FakeRegistry();
  return {
    clock,
    registry,
    backend: new FakeJobBackend({ clock, registry, ...backend }),
    store: await openSqliteStore(':memory:'),
    plan: samplePlan(plan),
    policy: { ...defaultPolicy, ...policy },
    warnings: [],
  };
}

export async function closeWorld({ clock, store }: DriverWorld): Promise<void> {
  clock.stop();
  await store.close();
}

/** A world for one test. */
export async function freshWorld(options: WorldOptions = {}): Promise<DriverWorld> {
  const world = await createWorld(options);
  onTestFinished(() => closeWorld(world));
  return world;
}

export async function submit(
  world: DriverWorld,
  plan: Plan = world.plan,
  ifBusy?: IfBusy,
  force = false,
): Promise<Build> {
  const backend = { check: async () => undefined };
  const { build } = await submitBuild({ plan, reference: 'main', force, ifBusy }, { ...world, backend });
  return build;
}

export interface Driver {
  readonly process: MortalProcess;
  readonly reconciler: Reconciler;
  /** Resolves when it found nothing more to do, was stopped, or died. */
  readonly over: Promise<void>;
}

export interface DriveOptions {
  readonly fates?: readonly Fate[];
  readonly signal?: AbortSignal;
  readonly untilIdle?: boolean;
}

/** Starts a process that drives builds until all are done. */
export function drive(world: DriverWorld, { fates = [], signal, untilIdle = true }: DriveOptions = {}): Driver {
  const process = new MortalProcess(world.clock, ...fates);
  const registry = process.wrap(world.registry);
  const parts: DriverParts = {
    store: process.wrap(world.store),
    backend: process.wrap(world.backend, ['readLog']),
    registryFor: () => registry,
    clock: process.clock,
    reporter: { warning: (text) => world.warnings.push(text) },
    policy: world.policy,
  };
  const reconciler = new Reconciler(parts);
  const running = reconciler.run({ signal: signal ?? new AbortController().signal, untilIdle });
  return { process, reconciler, over: Promise.race([running, process.died]) };
}

/** Waits for `work`, at most `hours` of virtual time. */
export async function within<T>(
  world: Pick<DriverWorld, 'clock' | 'warnings'>,
  hours: number,
  work: Promise<T>,
): Promise<T> {
  let stop = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    stop = world.clock.after(hours * 3_600_000, () => {
      const warnings = world.warnings.slice(-3).join('; ');
      reject(new Error(`it was not over after ${String(hours)} hours of virtual time; last warnings: ${warnings}`));
    });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    stop();
  }
}

/** One process after the other, each starting when the previous one died, until one finds nothing more to do. */
export async function driveThroughCrashes(world: DriverWorld, fates: readonly Fate[]): Promise<void> {
  for (const fate of [...fates, undefined]) {
    const driver = drive(world, { fates: fate === undefined ? [] : [fate] });
    await within(world, 48, driver.over);
    if (!driver.process.dead) return;
  }
}

export async function requireEnded(world: DriverWorld, id: string): Promise<Build> {
  const build = await world.store.load(id);
  if (build === undefined || !isEnded(build)) throw new Error(`build ${id} is ${build?.state ?? 'unknown'}`);
  return build;
}
