import { expect, it } from 'vitest';
import { BoundedQueue } from './bounded-queue.ts';

/** Tasks that end when the test releases them. */
function bed(options = { what: 'works', most: 2, mostWaiting: 100 }) {
  const queue = new BoundedQueue(options);
  const begun: string[] = [];
  const endings: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const run = (lane: string, key: string) =>
    queue.run(lane, key, async () => {
      begun.push(`${lane} ${key}`);
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => endings.push(resolve));
      running -= 1;
      return `${lane} ${key}`;
    });
  const letGo = async (works: readonly Promise<unknown>[]) => {
    let over = false;
    const all = Promise.allSettled(works).then((results) => {
      over = true;
      return results;
    });
    while (!over) {
      endings.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return all;
  };
  return { run, letGo, begun, most: () => most };
}

it('runs one task per lane at a time, up to the limit in all', async () => {
  const { run, letGo, begun, most } = bed();
  const works = ['a', 'b', 'c'].flatMap((lane) => ['1', '2', '3'].map((key) => run(lane, key)));
  expect(begun).toEqual(['a 1', 'b 1']);
  await letGo(works);
  expect(begun).toHaveLength(9);
  expect(most()).toBe(2);
});

it('shares a waiting task, but not one that has begun', async () => {
  const { run, letGo, begun } = bed();
  const works = [run('a', '1'), ...Array.from({ length: 25 }, () => run('a', '1'))];
  expect(new Set((await letGo(works)).map((each) => ('value' in each ? each.value : '')))).toEqual(new Set(['a 1']));
  expect(begun).toEqual(['a 1', 'a 1']);
});

it('refuses tasks beyond its capacity, and continues after a failed task', async () => {
  const { run, letGo } = bed({ what: 'works', most: 1, mostWaiting: 2 });
  const works = [run('a', '1'), run('a', '2'), run('b', '3')];
  await expect(run('c', '4')).rejects.toMatchObject({ code: 'TooManyRequests' });
  await letGo(works);
  const queue = new BoundedQueue({ what: 'works', most: 1, mostWaiting: 1 });
  await expect(queue.run('a', '1', () => Promise.reject(new RangeError('failed')))).rejects.toThrow('failed');
  expect(await queue.run('a', '2', async () => 'well')).toBe('well');
});
