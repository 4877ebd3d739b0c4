import { setMaxListeners } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { VirtualClock } from '../../../test/helpers/virtual-clock.ts';
import type { Clock } from '../../ports/clock.ts';
import { Pace } from './pace.ts';

function freshClock(): VirtualClock {
  const clock = new VirtualClock(0);
  onTestFinished(() => clock.stop());
  return clock;
}

async function turns(pace: Pace, clock: VirtualClock, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  await Promise.all(Array.from({ length: count }, () => pace.turn().then(() => times.push(clock.now()))));
  return times;
}

function mostInASecond(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
}

it('lets two go at once, and a crowd at nine tenths of the limit without ever going over it', async () => {
  const clock = freshClock();
  const pace = new Pace({ clock, perSecond: 50, burst: 12 });
  expect(await turns(pace, clock, 2)).toEqual([0, 0]);
  await clock.sleep(5_000);
  const times = await turns(pace, clock, 1000);
  expect(mostInASecond(times)).toBeLessThanOrEqual(50);
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
  expect(1000 / seconds).toBeGreaterThanOrEqual(45);
});

it('slows down while others use up the limit, and comes back to speed', async () => {
  const clock = freshClock();
  const pace = new Pace({ clock, perSecond: 50, burst: 12 });
  for (let n = 0; n < 30; n++) pace.throttled();
  expect(mostInASecond((await turns(pace, clock, 60)).slice(12))).toBeLessThan(30);
  await clock.sleep(60_000);
  expect(mostInASecond(await turns(pace, clock, 100))).toBeGreaterThanOrEqual(45);
});

it('makes up for what it lost while the program was busy, and no more', async () => {
  const clock = freshClock();
  let busyUntil = 0;
  // Whoever sleeps wakes late: for 100 of every 200 milliseconds the program does something else.
  const busy: Clock = {
    now: () => clock.now(),
    async sleep(milliseconds, signal) {
      await clock.sleep(milliseconds, signal);
      if (clock.now() < busyUntil) return;
      busyUntil = clock.now() + 200;
      await clock.sleep(100);
    },
  };
  const times = await turns(new Pace({ clock: busy, perSecond: 50, burst: 12 }), clock, 500);
  expect(mostInASecond(times)).toBeLessThanOrEqual(50);
  expect((500 * 1000) / ((times.at(-1) ?? 0) - (times[0] ?? 0))).toBeGreaterThanOrEqual(45);
});

it('lets one that was turned away go before those who wait', async () => {
  const clock = freshClock();
  const pace = new Pace({ clock, perSecond: 2, burst: 1 });
  const order: string[] = [];
  const waiting = ['a', 'b', 'c'].map((name) => pace.turn().then(() => order.push(name)));
  await pace.turn({ first: true }).then(() => order.push('again'));
  await Promise.all(waiting);
  expect(order.indexOf('again')).toBeLessThan(order.indexOf('c'));
});

it('lets one whose turn became urgent go before those who came earlier', async () => {
  const clock = freshClock();
  const pace = new Pace({ clock, perSecond: 2, burst: 1 });
  const order: string[] = [];
  const waiting = ['a', 'b', 'c'].map((name) => pace.turn().then(() => order.push(name)));
  const urgent = new AbortController();
  waiting.push(pace.turn({ urgent: urgent.signal }).then(() => order.push('urgent')));
  urgent.abort();
  await Promise.all(waiting);
  expect(order.indexOf('urgent')).toBeLessThan(order.indexOf('c'));
});

it('lets whoever gives a turn up go at once, and nobody wait for it', async () => {
  const clock = freshClock();
  const pace = new Pace({ clock, perSecond: 1, burst: 1 });
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  await pace.turn();
  const given = Array.from({ length: 50 }, () => pace.turn({ signal: stop.signal }));
  const next = pace.turn();
  stop.abort();
  await Promise.all([...given, pace.turn({ signal: stop.signal })]);
  expect(clock.now()).toBe(0);
  await next;
  expect(clock.now()).toBe(1000);
});
