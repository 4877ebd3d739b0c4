import { expect, it, onTestFinished } from 'vitest';
import { openBatchBed } from '../../../test/helpers/batch-bed.ts';
import { systemClock } from '../../ports/clock.ts';
import { readLogPage } from './log-events.ts';
import { Pace } from './pace.ts';

// On a stand-in for AWS Batch: lab/batch-stand-in/README.md.

it('gives up while it waits its turn, once it is told to', async () => {
  const bed = await openBatchBed({ conduct: () => ({ runs: [] }) });
  onTestFinished(() => bed.dispose());
  const { logs } = bed.clients();
  onTestFinished(() => logs.destroy());
  const pace = new Pace({ clock: systemClock, perSecond: 1, burst: 1 });
  await pace.turn();
  const stop = new AbortController();
  const options = { logs, pace, patience: { clock: systemClock } };
  const reading = readLogPage({ group: 'group', name: 'stream' }, undefined, options, { signal: stop.signal });
  stop.abort();
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  expect(bed.standIn.calls.get('GetLogEvents')).toBeUndefined();
});
