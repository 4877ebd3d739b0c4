import { effect } from '@preact/signals';
import { expect, it, vi } from 'vitest';

const answers: { numbers: number[]; next: number; more: boolean; complete: boolean }[] = [];
const asked: string[] = [];
vi.mock('./session.ts', () => ({
  request: (path: string) => {
    asked.push(path);
    const answer = answers.shift();
    return answer === undefined ? Promise.reject(new Error('no answer is left')) : Promise.resolve(answer);
  },
}));
const { LogSearch } = await import('./log-search.ts');

it('reads page after page, then only what a growing log adds, and nothing once it is complete', async () => {
  vi.useFakeTimers();
  const search = new LogSearch('/matches?attempt=1');
  const done = vi.fn();
  let runs = 0;
  const stop = effect(() => {
    runs += 1;
    search.goOn();
  });
  answers.push({ numbers: [2], next: 5, more: true, complete: false });
  answers.push({ numbers: [7], next: 9, more: false, complete: false });
  search.start('a b', true, done);
  await vi.runAllTimersAsync();
  expect(asked).toEqual([1, 5].map((from) => `/matches?attempt=1&search=a%20b&regex=true&from=${String(from)}`));
  expect([search.found.value, search.running.value, done.mock.calls.length]).toEqual([[2, 7], false, 1]);
  answers.push({ numbers: [9], next: 12, more: false, complete: true });
  search.goOn();
  search.goOn();
  await vi.runAllTimersAsync();
  search.goOn();
  await vi.runAllTimersAsync();
  expect([search.found.value, asked.length, runs]).toEqual([[2, 7, 9], 3, 1]);
  search.start('', true, done);
  expect(search.found.value).toEqual([]);
  stop();
});
