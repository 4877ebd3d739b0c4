import { expect, it } from 'vitest';
import { Shared } from './shared.ts';

it('creates a resource for its first user, and ends it with its last', async () => {
  const made: AbortSignal[] = [];
  const shared = new Shared<number, AbortSignal>(String, (_, over) => {
    made.push(over);
    return over;
  });
  const use = (key: number) =>
    shared.using(key, async function* (over) {
      yield over;
      yield over;
    });
  const [one, two, other] = [use(1), use(1), use(2)];
  for (const each of [one, two, other]) await each.next();
  expect([made.length, shared.size]).toEqual([2, 2]);
  await one.return(undefined);
  expect(made[0]?.aborted).toBe(false);
  for await (const over of two) expect(over.aborted).toBe(false);
  expect([made[0]?.aborted, shared.size]).toEqual([true, 1]);
  await use(1).next();
  expect(made).toHaveLength(3);
  await other.return(undefined);
  expect(made[1]?.aborted).toBe(true);
});

it('ends a resource whose only user fails', async () => {
  const shared = new Shared<number, AbortSignal>(String, (_, over) => over);
  let over: AbortSignal | undefined;
  const failing = shared.using(1, async function* (signal): AsyncGenerator<never> {
    over = signal;
    throw new Error('no');
  });
  await expect(failing.next()).rejects.toThrow('no');
  expect([over?.aborted, shared.size]).toEqual([true, 0]);
});
