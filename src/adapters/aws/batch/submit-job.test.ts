import { describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from '../../../../lab/batch-stand-in/faults.ts';
import { scriptedRun } from '../../../../lab/batch-stand-in/scripted-run.ts';
import { batchQueues, openBatchBed } from '../../../../test/helpers/batch-bed.ts';
import { type Clock, systemClock } from '../../../ports/clock.ts';
import type { JobRequest } from '../../../ports/job-backend.ts';
import { RateLimiter } from './rate-limiter.ts';
import { submitInput, submitJob } from './submit-job.ts';

// On a stand-in for AWS Batch: lab/batch-stand-in/README.md.

const request: JobRequest = {
  ...{ name: 'job', buildId: 'b', attempt: 1, environment: {}, buildSecrets: [], timeoutSeconds: 60 },
  platform: 'linux/arm64',
  registryHost: 'registry.invalid',
};
const input = submitInput(request, { queues: batchQueues, jobDefinition: 'builder' });

async function freshBed(...faults: Fault[]) {
  const run = scriptedRun({ milliseconds: 0, end: { exitCode: 0 } });
  const bed = await openBatchBed({ conduct: () => ({ runs: [run] }), faults: () => faults.shift() });
  const { batch } = bed.clients();
  onTestFinished(async () => {
    batch.destroy();
    await bed.dispose();
  });
  return { batch, standIn: bed.standIn };
}

it('measures its patience from the first throttle, however long it waited its turn', async () => {
  let now = 0;
  // A sleep returns at once, but time passes.
  const clock: Clock = {
    now: () => now,
    sleep: async (milliseconds, signal) => {
      // The deadline of a request is not under test here.
      if (milliseconds >= 10_000) return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
      now += milliseconds;
    },
  };
  const { batch, standIn } = await freshBed('throttled', 'throttled');
  const rateLimiter = new RateLimiter({ clock, perSecond: 1, burst: 1 });
  // Others are ahead: its own turn comes after more than a minute.
  for (let n = 0; n < 100; n++) void rateLimiter.turn();
  await submitJob(batch, input, { clock, rateLimiter });
  expect(now).toBeGreaterThan(60_000);
  expect(standIn.calls.get('SubmitJob')).toBe(3);
});

describe('an aborted submit', () => {
  const stopped = { code: 'BackendUnreachable', message: 'cannot submit job: stopped before it was sent' };

  it('is not retried after a throttle', async () => {
    const stop = new AbortController();
    const { batch, standIn } = await freshBed('throttled');
    // Aborted during the pause.
    const clock: Clock = {
      ...systemClock,
      async sleep(milliseconds, signal) {
        if (milliseconds < 10_000) stop.abort();
        await systemClock.sleep(milliseconds, signal);
      },
    };
    const rateLimiter = new RateLimiter({ clock: systemClock, perSecond: 50, burst: 15 });
    const send = submitJob(batch, input, { clock, rateLimiter, signal: stop.signal });
    await expect(send).rejects.toMatchObject(stopped);
    expect(standIn.calls.get('SubmitJob')).toBe(1);
  });
});
