import fc from 'fast-check';
import { TwinhullError } from '../../src/domain/errors/twinhull-error.ts';
import { type WhenBusy, whenBusyPolicies } from '../../src/domain/queue-policy.ts';
import { cancelBuild, retryBuild } from '../../src/pipeline/change-build.ts';
import {
  closeWorld,
  createWorld,
  type DriverWorld,
  drive,
  driveThroughCrashes,
  submit,
  within,
} from './driver-world.ts';
import { type JobScript, quickSuccess } from './fake-job.ts';
import type { BackendFault } from './fake-job-backend.ts';
import type { RegistryFault } from './fake-registry.ts';
import { expectInvariants } from './invariants.ts';
import type { Fate } from './mortal-process.ts';
import { samplePlan } from './sample-builds.ts';

/** A random history: the state of the world, and what happens to it. */
export interface Scenario {
  readonly builds: number;
  /** Set if all builds put `latest`: what happens to those submitted while another is live. */
  readonly whenBusy: WhenBusy | undefined;
  readonly latest: boolean;
  readonly uniqueNames: boolean;
  readonly lateMilliseconds: number;
  readonly retriesLostHosts: boolean;
  readonly maxConcurrentJobs: number | undefined;
  readonly timeouts: { readonly waitSeconds: number; readonly runSeconds: number };
  /** How the first jobs run, in the order of their submits; later ones succeed. */
  readonly scripts: readonly Partial<JobScript>[];
  /** Which calls fail, counted from the first; later ones do not. */
  readonly backendFaults: readonly (BackendFault | undefined)[];
  readonly registryFaults: readonly (RegistryFault | undefined)[];
  /** When the registry does not answer at all, in milliseconds after the submit. */
  readonly outage: { readonly from: number; readonly to: number } | undefined;
  readonly cancelAfter: number | undefined;
  readonly crashes: readonly Fate[];
  /** When the first driver is asked to stop, as by Ctrl-C, in milliseconds after the submit. */
  readonly stopAfter: number | undefined;
  /** A second driver, which is paused in the middle of a call and wakes later. */
  readonly rival: Fate | undefined;
  readonly retries: number;
}

const when = fc.constantFrom('before', 'after');
const call = fc.integer({ min: 1, max: 150 });

const script: fc.Arbitrary<Partial<JobScript>> = fc.record(
  {
    queueMilliseconds: fc.integer({ min: 0, max: 30_000 }),
    runMilliseconds: fc.constantFrom(0, 1_000, 20_000, 200_000),
    ignoresTerminateMilliseconds: fc.constantFrom(0, 500, 45_000),
    end: fc.oneof(
      { weight: 4, arbitrary: fc.constant('succeeds' as const) },
      fc.constantFrom('host-lost', 'hosts-lost', 'vanishes'),
      fc.constant({ phase: 'build', reason: 'step-failed', exitCode: 47 } as const),
      fc.constant({ phase: 'clone', reason: 'git-unreachable', exitCode: 44 } as const),
    ),
  },
  { requiredKeys: [] },
);

const sometimes = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });

function faults<Fault>(...kinds: readonly Fault[]): fc.Arbitrary<(Fault | undefined)[]> {
  const fault = fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.constantFrom(...kinds));
  return fc.array(fault, { maxLength: 40 });
}

export const arbitraryScenario: fc.Arbitrary<Scenario> = fc.record({
  builds: fc.constantFrom(1, 1, 1, 2, 3),
  whenBusy: fc.option(fc.constantFrom(...whenBusyPolicies), { nil: undefined }),
  latest: fc.boolean(),
  uniqueNames: fc.boolean(),
  lateMilliseconds: fc.constantFrom(0, 5_000, 50_000),
  retriesLostHosts: fc.boolean(),
  maxConcurrentJobs: fc.constantFrom(undefined, 1, 2),
  timeouts: fc.record({ waitSeconds: fc.constantFrom(10, 3600), runSeconds: fc.constantFrom(60, 7200) }),
  scripts: fc.array(script, { maxLength: 6 }),
  backendFaults: faults('lost-before', 'lost-after', 'refused'),
  registryFaults: faults('lost-before', 'lost-after'),
  outage: sometimes(
    fc
      .tuple(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 700_000 }))
      .map(([from, length]) => ({ from, to: from + length })),
  ),
  cancelAfter: sometimes(fc.integer({ min: 0, max: 120_000 })),
  crashes: fc.array(fc.record({ call, when }), { maxLength: 5 }),
  stopAfter: sometimes(fc.integer({ min: 0, max: 120_000 })),
  rival: sometimes(fc.record({ call, when, pauseMilliseconds: fc.integer({ min: 100, max: 400_000 }) })),
  retries: fc.nat({ max: 2 }),
});

/** Runs a scenario, and checks the invariants each time all has come to rest. */
export async function liveThrough(scenario: Scenario): Promise<void> {
  const world = await createScenarioWorld(scenario);
  try {
    const ids: string[] = [];
    for (let index = 0; index < scenario.builds; index++) {
      const latest = scenario.whenBusy !== undefined || (scenario.latest && index === 0);
      const plan = samplePlan({ latest, timeouts: scenario.timeouts });
      ids.push((await submit(world, plan, scenario.whenBusy)).id);
    }
    applyFates(world, scenario, ids);
    for (let round = 0; ; round++) {
      const rival = round === 0 && scenario.rival !== undefined ? drive(world, { fates: [scenario.rival] }) : undefined;
      if (round === 0 && scenario.stopAfter !== undefined) await driveUntil(world, scenario.stopAfter);
      await driveThroughCrashes(world, round === 0 ? scenario.crashes : []);
      await within(world, 48, rival?.over ?? Promise.resolve());
      for (const id of ids) await expectInvariants(world, id, { paused: scenario.rival !== undefined });
      if (round >= scenario.retries || !(await retryAll(world, ids))) return;
    }
  } finally {
    await closeWorld(world);
  }
}

async function driveUntil(world: DriverWorld, milliseconds: number): Promise<void> {
  const ending = new AbortController();
  world.clock.after(milliseconds, () => ending.abort());
  await within(world, 1, drive(world, { signal: ending.signal }).over);
}

function createScenarioWorld(scenario: Scenario): Promise<DriverWorld> {
  const { uniqueNames, lateMilliseconds, retriesLostHosts, maxConcurrentJobs } = scenario;
  const scripts = [...scenario.scripts];
  const backendFaults = [...scenario.backendFaults];
  return createWorld({
    // Coarser than in production: most of a pass polls what has not changed.
    policy: { intervalMilliseconds: 5_000, leaseMilliseconds: 30_000, registryPatienceMilliseconds: 300_000 },
    backend: {
      uniqueNames,
      lateMilliseconds: uniqueNames ? 0 : lateMilliseconds,
      retriesLostHosts,
      features: { maxConcurrentJobs, settleMilliseconds: uniqueNames ? 0 : 60_000 },
      script: () => scripts.shift() ?? quickSuccess,
      // A refusal means that nothing was started: only a submit can be refused.
      fault: (operation) => {
        const fault = backendFaults.shift();
        return fault === 'refused' && operation !== 'submit' ? 'lost-before' : fault;
      },
    },
  });
}

function applyFates(world: DriverWorld, scenario: Scenario, ids: readonly string[]): void {
  const { clock, registry } = world;
  const registryFaults = [...scenario.registryFaults];
  registry.fault = () => registryFaults.shift();
  if (scenario.outage !== undefined) {
    clock.after(scenario.outage.from, () => (registry.down = true));
    clock.after(scenario.outage.to, () => (registry.down = false));
  }
  if (scenario.cancelAfter !== undefined) {
    clock.after(scenario.cancelAfter, () => void Promise.all(ids.map((id) => cancelBuild(id, world))));
  }
}

/** `TagInUse`: of several builds that put the same tag, only one is retried at a time. */
const retryRefusals = ['BuildNotRetryable', 'RegistryUnreachable', 'TagInUse'] as const;

/** @returns whether any build could be retried */
async function retryAll(world: DriverWorld, ids: readonly string[]): Promise<boolean> {
  world.registry.down = false;
  const parts = { ...world, registryFor: () => world.registry, secretRules: new Map() };
  const retried = await Promise.all(
    ids.map((id) =>
      retryBuild(id, parts).then(
        () => true,
        (error: unknown) => {
          if (retryRefusals.some((code) => TwinhullError.is(error, code))) return false;
          throw error;
        },
      ),
    ),
  );
  return retried.includes(true);
}
