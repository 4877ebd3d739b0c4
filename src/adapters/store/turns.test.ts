import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

it('grants turns in order', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const first = await turns.take(10_000);
  const others = ['second', 'third'].map(async (name) => {
    const end = await turns.take(10_000);
    order.push(name);
    end?.();
  });
  order.push('first');
  first?.();
  await Promise.all(others);
  expect(order).toEqual(['first', 'second', 'third']);
});

it('skips a caller that timed out, and grants no turn before the current one ends', async () => {
  const turns = new Turns();
  const first = await turns.take(10_000);
  expect(await turns.take(1)).toBeUndefined();
  let came = false;
  const third = turns.take(10_000).then((end) => {
    came = true;
    end?.();
  });
  expect(await turns.take(1)).toBeUndefined();
  expect(came).toBe(false);
  first?.();
  await third;
  expect(came).toBe(true);
});
