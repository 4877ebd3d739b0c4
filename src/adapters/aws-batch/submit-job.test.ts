import { expect, it, onTestFinished } from 'vitest';
import { scriptedRun } from '../../../lab/batch-stand-in/scripted-run.ts';
import { batchQueues, openBatchBed } from '../../../test/helpers/batch-bed.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JobRequest } from '../../ports/job-backend.ts';
import { Pace } from './pace.ts';
import { submitInput, submitJob } from './submit-job.ts';

// On a stand-in for AWS Batch: lab/batch-stand-in/README.md.

it('has patience with throttles from the first one on, however long it waited its turn', async () => {
  let now = 0;
  // Nobody waits, but time passes.
  const clock: Clock = {
    now: () => now,
    sleep: async (milliseconds, signal) => {
      // The deadline of a send is not what is tried here.
      if (milliseconds >= 10_000) return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
      now += milliseconds;
    },
  };
  const faults = ['throttled', 'throttled'] as ('throttled' | undefined)[];
  const run = scriptedRun({ milliseconds: 0, end: { exitCode: 0 } });
  const bed = await openBatchBed({ conduct: () => ({ runs: [run] }), faults: () => faults.shift() });
  onTestFinished(() => bed.dispose());
  const { batch } = bed.clients();
  onTestFinished(() => batch.destroy());
  const pace = new Pace({ clock, perSecond: 1, burst: 1 });
  // Others are before it: its own turn comes after more than a minute.
  for (let n = 0; n < 100; n++) void pace.turn();
  const request: JobRequest = {
    ...{ name: 'job', buildId: 'b', attempt: 1, environment: {}, buildSecrets: [], timeoutSeconds: 60 },
    platform: 'linux/arm64',
    registryHost: 'registry.invalid',
  };
  await submitJob(batch, submitInput(request, { queues: batchQueues, jobDefinition: 'builder' }), { clock, pace });
  expect(now).toBeGreaterThan(60_000);
  expect(bed.standIn.calls.get('SubmitJob')).toBe(3);
});
