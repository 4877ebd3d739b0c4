import fc from 'fast-check';
import { beforeEach, expect, it, vi } from 'vitest';
import { longestLine } from './log-line.ts';
import { keptLine, type LogLine, LogPages, pageLines } from './log-pages.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

const texts = new Map([10, 2_000, 20_000].map((length) => [length, 'x'.repeat(length)]));
const line = (index: number, length = 10): LogLine => ({ text: texts.get(length) ?? '', cut: 0, time: index });
const range = (from: number, count: number, length?: number) =>
  Array.from({ length: count }, (_, at) => line(from + at, length));
const indexes = (from: number, count: number) => range(from, count).map(({ time }) => time);

it('loads what is shown and what is beside it, once', async () => {
  const asked: (readonly [number, number])[] = [];
  const pages = new LogPages(async (from, limit) => {
    asked.push([from, limit]);
    return range(from, limit);
  });
  const count = 500_123;
  for (let round = 0; round < 3; round += 1) {
    pages.want(indexes(250_400, 40), count);
    pages.want(indexes(250_480, 40), count);
    await vi.runAllTimersAsync();
  }
  expect(pages.get(250_519)).toEqual(line(250_519));
  expect(asked.map(([from]) => from / pageLines).sort()).toEqual([499, 500, 501, 502]);
  pages.want(indexes(count - 40, 40), count);
  await vi.runAllTimersAsync();
  expect(pages.get(count - 1)).toEqual(line(count - 1));
  expect(asked).toContainEqual([500_000, 123]);
});

it('takes no line for another where a page is dropped while more of it is read', async () => {
  const answers = new Map<number, (lines: readonly LogLine[]) => void>();
  const pages = new LogPages((from) => new Promise((resolve) => answers.set(from, resolve)));
  const count = 1_000_000;
  const answer = async (from: number) => {
    answers.get(from)?.(range(from, 200, 20_000));
    await vi.advanceTimersByTimeAsync(0);
  };
  // Both pages have their first 200 lines, and their next ones are being read.
  pages.want([0], 2 * pageLines);
  await answer(0);
  await answer(pageLines);
  pages.want(indexes(900_000, 40), count);
  await answer(pageLines + 200);
  await answer(200);
  for (const index of indexes(0, 2 * pageLines)) expect(pages.get(index)?.time ?? index).toBe(index);
});

it('keeps no more than its bounds, whatever is looked at and however long the lines are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(999_900), { minLength: 30, maxLength: 60 }),
      fc.constantFrom(...texts.keys()),
      async (places, length) => {
        // As the service: at most 4 MB at once.
        const pages = new LogPages(async (from, limit) =>
          range(from, Math.min(limit, Math.max(1, Math.floor(4_000_000 / length))), length),
        );
        for (const place of places) {
          pages.want(indexes(place, 40), 1_000_000);
          await vi.runAllTimersAsync();
          expect(pages.get(place + 39)?.time).toBe(place + 39);
          expect(pages.size.pages).toBeLessThanOrEqual(40);
          // The pages in sight and beside it are kept in any case.
          expect(pages.size.characters).toBeLessThanOrEqual(6_000_000 + 4 * pageLines * 20_000);
        }
      },
    ),
    { numRuns: 5 },
  );
});

it('appends new lines to loaded ones, keeps within its bounds then, too, and loads those it has not', async () => {
  const pages = new LogPages(async (from, limit) => range(from, limit));
  pages.append(0, range(0, 700));
  expect([pages.get(699)?.time, pages.get(700)]).toEqual([699, undefined]);
  pages.append(900, range(900, 50));
  expect(pages.get(900)).toBeUndefined();
  pages.want(indexes(900, 40), 950);
  await vi.runAllTimersAsync();
  expect([pages.get(700)?.time, pages.get(949)?.time]).toEqual([700, 949]);
  for (let from = 950; from < 60_000; from += 950) pages.append(from, range(from, 950));
  expect(pages.size.pages).toBeLessThanOrEqual(40);
  expect(pages.get(59_000)?.time).toBe(59_000);
});

it('reports a read that failed, and tries again', async () => {
  const failures: unknown[] = [];
  const read = vi.fn(async (from: number, limit: number) => range(from, limit));
  read.mockRejectedValueOnce(new Error('away'));
  const pages = new LogPages(read, (error) => failures.push(error));
  pages.want([3], 9);
  await vi.advanceTimersByTimeAsync(1000);
  expect([failures.length, pages.get(3), read.mock.calls.length]).toEqual([1, undefined, 1]);
  await vi.runAllTimersAsync();
  expect(pages.get(3)).toEqual(line(3));
  pages.stop();
  pages.want([3], 900);
  await vi.runAllTimersAsync();
  expect(read).toHaveBeenCalledTimes(2);
});

it('keeps of a long line what is shown, and counts the rest', () => {
  expect(keptLine('x'.repeat(longestLine + 5), 1, 7)).toEqual({ text: 'x'.repeat(longestLine), cut: 12, time: 1 });
  expect(keptLine('x', 1, 7)).toEqual({ text: 'x', cut: 7, time: 1 });
});
