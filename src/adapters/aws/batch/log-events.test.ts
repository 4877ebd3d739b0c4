import { expect, it, onTestFinished } from 'vitest';
import { openBatchBed } from '../../../../test/helpers/batch-bed.ts';
import { systemClock } from '../../../ports/clock.ts';
import { readLogPage } from './log-events.ts';
import { RateLimiter } from './rate-limiter.ts';

// On a stand-in for AWS Batch: lab/batch-stand-in/README.md.

it('stops waiting for its turn when aborted', async () => {
  const bed = await openBatchBed({ conduct: () => ({ runs: [] }) });
  onTestFinished(() => bed.dispose());
  const { logs } = bed.clients();
  onTestFinished(() => logs.destroy());
  const rateLimiter = new RateLimiter({ clock: systemClock, perSecond: 1, burst: 1 });
  await rateLimiter.turn();
  const stop = new AbortController();
  const options = { logs, rateLimiter, patience: { clock: systemClock } };
  const reading = readLogPage({ group: 'group', name: 'stream' }, undefined, options, { signal: stop.signal });
  stop.abort();
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  expect(bed.standIn.calls.get('GetLogEvents')).toBeUndefined();
});
