import { expect, it } from 'vitest';
import { VirtualClock } from '../../test/helpers/virtual-clock.ts';
import { Wakeup } from './wakeup.ts';

const forever = new AbortController().signal;

async function timeOf(clock: VirtualClock, work: Promise<void>): Promise<number> {
  const start = clock.now();
  await work;
  return clock.now() - start;
}

it('lets the sleeper sleep when nobody rings', async () => {
  const clock = new VirtualClock();
  expect(await timeOf(clock, new Wakeup().sleep(clock, 1000, forever))).toBe(1000);
});

it('wakes the sleeper when it rings', async () => {
  const clock = new VirtualClock();
  const bell = new Wakeup();
  clock.after(300, () => bell.ring());
  expect(await timeOf(clock, bell.sleep(clock, 1000, forever))).toBe(300);
});

it('remembers a ring that nobody slept by, once', async () => {
  const clock = new VirtualClock();
  const bell = new Wakeup();
  bell.ring();
  bell.ring();
  expect(await timeOf(clock, bell.sleep(clock, 1000, forever))).toBe(0);
  expect(await timeOf(clock, bell.sleep(clock, 1000, forever))).toBe(1000);
});

it('wakes when the run is over', async () => {
  const clock = new VirtualClock();
  const over = new AbortController();
  clock.after(200, () => over.abort());
  expect(await timeOf(clock, new Wakeup().sleep(clock, 1000, over.signal))).toBe(200);
  expect(await timeOf(clock, new Wakeup().sleep(clock, 1000, over.signal))).toBe(0);
});
