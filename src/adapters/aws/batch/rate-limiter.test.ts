import { setMaxListeners } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { VirtualClock } from '../../../../test/helpers/virtual-clock.ts';
import type { Clock } from '../../../ports/clock.ts';
import { RateLimiter } from './rate-limiter.ts';

function freshClock(): VirtualClock {
  const clock = new VirtualClock(0);
  onTestFinished(() => clock.stop());
  return clock;
}

async function turns(rateLimiter: RateLimiter, clock: VirtualClock, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  await Promise.all(Array.from({ length: count }, () => rateLimiter.turn().then(() => times.push(clock.now()))));
  return times;
}

function mostInASecond(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
}

it('admits two calls at once, and many at 90% of the limit without ever exceeding it', async () => {
  const clock = freshClock();
  const rateLimiter = new RateLimiter({ clock, perSecond: 50, burst: 12 });
  expect(await turns(rateLimiter, clock, 2)).toEqual([0, 0]);
  await clock.sleep(5_000);
  const times = await turns(rateLimiter, clock, 1000);
  expect(mostInASecond(times)).toBeLessThanOrEqual(50);
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
  expect(1000 / seconds).toBeGreaterThanOrEqual(45);
});

it('slows down while others use up the limit, then recovers', async () => {
  const clock = freshClock();
  const rateLimiter = new RateLimiter({ clock, perSecond: 50, burst: 12 });
  for (let n = 0; n < 30; n++) rateLimiter.throttled();
  expect(mostInASecond((await turns(rateLimiter, clock, 60)).slice(12))).toBeLessThan(30);
  await clock.sleep(60_000);
  expect(mostInASecond(await turns(rateLimiter, clock, 100))).toBeGreaterThanOrEqual(45);
});

it('catches up on turns delayed by a busy event loop, but not beyond the limit', async () => {
  const clock = freshClock();
  let busyUntil = 0;
  // Sleepers wake late: the program is busy for 100 of every 200 milliseconds.
  const busy: Clock = {
    now: () => clock.now(),
    async sleep(milliseconds, signal) {
      await clock.sleep(milliseconds, signal);
      if (clock.now() < busyUntil) return;
      busyUntil = clock.now() + 200;
      await clock.sleep(100);
    },
  };
  const times = await turns(new RateLimiter({ clock: busy, perSecond: 50, burst: 12 }), clock, 500);
  expect(mostInASecond(times)).toBeLessThanOrEqual(50);
  expect((500 * 1000) / ((times.at(-1) ?? 0) - (times[0] ?? 0))).toBeGreaterThanOrEqual(45);
});

it('admits a throttled call before waiting ones', async () => {
  const clock = freshClock();
  const rateLimiter = new RateLimiter({ clock, perSecond: 2, burst: 1 });
  const order: string[] = [];
  const waiting = ['a', 'b', 'c'].map((name) => rateLimiter.turn().then(() => order.push(name)));
  await rateLimiter.turn({ first: true }).then(() => order.push('again'));
  await Promise.all(waiting);
  expect(order.indexOf('again')).toBeLessThan(order.indexOf('c'));
});

it('admits a call that becomes urgent before earlier ones', async () => {
  const clock = freshClock();
  const rateLimiter = new RateLimiter({ clock, perSecond: 2, burst: 1 });
  const order: string[] = [];
  const waiting = ['a', 'b', 'c'].map((name) => rateLimiter.turn().then(() => order.push(name)));
  const urgent = new AbortController();
  waiting.push(rateLimiter.turn({ urgent: urgent.signal }).then(() => order.push('urgent')));
  urgent.abort();
  await Promise.all(waiting);
  expect(order.indexOf('urgent')).toBeLessThan(order.indexOf('c'));
});

it('releases an aborted call at once, without delaying the next', async () => {
  const clock = freshClock();
  const rateLimiter = new RateLimiter({ clock, perSecond: 1, burst: 1 });
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  await rateLimiter.turn();
  const given = Array.from({ length: 50 }, () => rateLimiter.turn({ signal: stop.signal }));
  const next = rateLimiter.turn();
  stop.abort();
  await Promise.all([...given, rateLimiter.turn({ signal: stop.signal })]);
  expect(clock.now()).toBe(0);
  await next;
  expect(clock.now()).toBe(1000);
});
