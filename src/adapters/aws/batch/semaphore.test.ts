import { expect, it } from 'vitest';
import { Semaphore } from './semaphore.ts';

/** Calls that the test ends, each of which records its start. */
function heldCalls(limit: Semaphore, count: number) {
  const begun: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const calls = Array.from({ length: count }, (_, n) =>
    limit.run(() => {
      begun.push(n);
      return new Promise<number>((resolve, reject) => {
        ends[n] = (error) => (error === undefined ? resolve(n) : reject(error));
      });
    }),
  );
  return { begun, ends, calls };
}

it('starts calls up to the limit, then one for each that ends, in order', async () => {
  const { begun, ends, calls } = heldCalls(new Semaphore(2), 4);
  expect(begun).toEqual([0, 1]);
  ends[1]?.();
  await expect(calls[1]).resolves.toBe(1);
  await expect.poll(() => begun).toEqual([0, 1, 2]);
});

it('passes the slot of a failed call to the next, and the error to its caller', async () => {
  const limit = new Semaphore(1);
  const { begun, ends, calls } = heldCalls(limit, 2);
  ends[0]?.(new Error('it broke'));
  await expect(calls[0]).rejects.toThrow('it broke');
  await expect.poll(() => begun).toEqual([0, 1]);
  ends[1]?.();
  await calls[1];
  await expect(limit.run(() => Promise.resolve('free again'))).resolves.toBe('free again');
});
