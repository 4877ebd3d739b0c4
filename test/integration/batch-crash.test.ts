import { expect, it } from 'vitest';
import { builderRun } from '../helpers/batch-conduct.ts';
import {
  closeBatchWorld,
  driveBatch,
  driveBatchThrough,
  expectBatchInvariants,
  openBatchWorld,
  submitBuilds,
} from '../helpers/batch-world.ts';
import { within } from '../helpers/driver-world.ts';
import { patientTimeout } from '../helpers/soak.ts';

/** Dying right after one of these is not the same as dying right before it: the outside state has changed. */
const effects = new Set([
  ...['SubmitJob', 'TerminateJob', 'acquireLease', 'append', 'appendLog', 'releaseLease'],
  'putManifest',
]);

/** Short, so that most steps have an effect; seen late, so that an existing job may not be found. */
const openWorld = () =>
  openBatchWorld({
    conduct: (registry) => () => ({ runnableMilliseconds: 1_000, runs: [builderRun(registry, 3_000)] }),
    listLagMilliseconds: 20_000,
    policy: { intervalMilliseconds: 1_000, leaseMilliseconds: 10_000 },
  });

it(
  'a build whose AWS Batch driver dies once, at any step, is published with two jobs',
  async () => {
    const undisturbed = await openWorld();
    await submitBuilds(undisturbed, 1);
    const driver = driveBatch(undisturbed);
    await within(undisturbed, 1, driver.over);
    await closeBatchWorld(undisturbed);
    const { calls } = driver.process;
    expect(calls).toEqual(expect.arrayContaining(['SubmitJob', 'DescribeJobs', 'GetLogEvents', 'putManifest']));

    for (let call = 1; call <= calls.length; call++) {
      const step = calls[call - 1] ?? '';
      for (const when of effects.has(step) ? (['before', 'after'] as const) : (['before'] as const)) {
        const died = `died ${when} step ${String(call)} (${step})`;
        const world = await openWorld();
        try {
          const [build] = await submitBuilds(world, 1);
          await driveBatchThrough(world, [{ call, when }]);
          const { state } = await expectBatchInvariants(world, build?.id ?? '');
          expect(state, died).toBe('published');
          expect(world.standIn.api.jobs.length, `jobs, ${died}`).toBe(2);
        } catch (error) {
          throw new Error(died, { cause: error });
        } finally {
          await closeBatchWorld(world);
        }
      }
    }
  },
  patientTimeout,
);
