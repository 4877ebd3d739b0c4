import { expect, it } from 'vitest';
import { WriteQueue } from './write-queue.ts';

it('grants turns in order', async () => {
  const queue = new WriteQueue();
  const order: string[] = [];
  const first = await queue.take(10_000);
  const others = ['second', 'third'].map(async (name) => {
    const end = await queue.take(10_000);
    order.push(name);
    end?.();
  });
  order.push('first');
  first?.();
  await Promise.all(others);
  expect(order).toEqual(['first', 'second', 'third']);
});

it('skips a caller that timed out, and grants no turn before the current one ends', async () => {
  const queue = new WriteQueue();
  const first = await queue.take(10_000);
  expect(await queue.take(1)).toBeUndefined();
  let came = false;
  const third = queue.take(10_000).then((end) => {
    came = true;
    end?.();
  });
  expect(await queue.take(1)).toBeUndefined();
  expect(came).toBe(false);
  first?.();
  await third;
  expect(came).toBe(true);
});
