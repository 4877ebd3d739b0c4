import { expect, it } from 'vitest';
import { VirtualClock } from '../../../test/helpers/virtual-clock.ts';
import { WakeSignal } from './wake-signal.ts';

const forever = new AbortController().signal;

async function timeOf(clock: VirtualClock, work: Promise<void>): Promise<number> {
  const start = clock.now();
  await work;
  return clock.now() - start;
}

it('sleeps the full time without a signal', async () => {
  const clock = new VirtualClock();
  expect(await timeOf(clock, new WakeSignal().sleep(clock, 1000, forever))).toBe(1000);
});

it('ends the sleep on a signal', async () => {
  const clock = new VirtualClock();
  const wakeSignal = new WakeSignal();
  clock.after(300, () => wakeSignal.wake());
  expect(await timeOf(clock, wakeSignal.sleep(clock, 1000, forever))).toBe(300);
});

it('keeps one signal for the next sleep', async () => {
  const clock = new VirtualClock();
  const wakeSignal = new WakeSignal();
  wakeSignal.wake();
  wakeSignal.wake();
  expect(await timeOf(clock, wakeSignal.sleep(clock, 1000, forever))).toBe(0);
  expect(await timeOf(clock, wakeSignal.sleep(clock, 1000, forever))).toBe(1000);
});

it('ends the sleep when the run is aborted', async () => {
  const clock = new VirtualClock();
  const over = new AbortController();
  clock.after(200, () => over.abort());
  expect(await timeOf(clock, new WakeSignal().sleep(clock, 1000, over.signal))).toBe(200);
  expect(await timeOf(clock, new WakeSignal().sleep(clock, 1000, over.signal))).toBe(0);
});
