import { describe, expect, it } from 'vitest';
import {
  closeWorld,
  createWorld,
  drive,
  driveThroughCrashes,
  freshWorld,
  submit,
  type WorldOptions,
  within,
} from '../../../test/helpers/driver-world.ts';
import { expectInvariants } from '../../../test/helpers/invariants.ts';
import { patientTimeout } from '../../../test/helpers/soak.ts';

/** Short, so that most calls have an effect. */
const quick = { queueMilliseconds: 1000, runMilliseconds: 3000 };

const kinds: readonly (readonly [string, WorldOptions])[] = [
  [
    'a backend with unique names, as Docker',
    { backend: { script: () => quick, uniqueNames: true, features: { settleMilliseconds: 0 } } },
  ],
  [
    'a backend whose names repeat and are found late, as AWS Batch',
    { backend: { script: () => quick, lateMilliseconds: 20_000 } },
  ],
];

/** These change no external state: a crash after one of them is the same as a crash before it. */
const reads = new Set([
  'open',
  'load',
  'loadPlan',
  'describe',
  'findByName',
  'logPosition',
  'readLog',
  'readLog chunk',
  'resolve',
  'getManifest',
  'getImageConfig',
  'tagRecord',
  'liveTagHolder',
  'isImmutable',
]);

describe.each(kinds)('a driver that crashes once, on %s', { timeout: patientTimeout }, (_, options) => {
  it('publishes the build, wherever it crashes', async () => {
    const undisturbed = await freshWorld(options);
    await submit(undisturbed);
    const driver = drive(undisturbed);
    await within(undisturbed, 1, driver.over);
    const { calls } = driver.process;
    expect(calls).toContain('putManifest');

    for (let call = 1; call <= calls.length; call++) {
      const effect = calls[call - 1] ?? '';
      for (const when of reads.has(effect) ? (['before'] as const) : (['before', 'after'] as const)) {
        const world = await createWorld(options);
        const { id } = await submit(world);
        await driveThroughCrashes(world, [{ call, when }]);
        const build = await expectInvariants(world, id).catch((error: unknown) => {
          throw new Error(`died ${when} call ${String(call)} (${effect})`, { cause: error });
        });
        expect(build.state, `died ${when} call ${String(call)} (${effect})`).toBe('published');
        const runs = world.backend.jobs.filter((job) => job.state === 'succeeded');
        expect(runs.length, `jobs that did the work, died ${when} call ${String(call)}`).toBe(2);
        await closeWorld(world);
      }
    }
  });
});
