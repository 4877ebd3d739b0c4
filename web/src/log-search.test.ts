import { effect } from '@preact/signals';
import { beforeEach, expect, it, vi } from 'vitest';
import { ApiError, type ApiRequest, type LogMatches } from './api.ts';

const answers: (Omit<LogMatches, 'attempt'> | Promise<never> | ApiError)[] = [];
const asked: string[] = [];
const signals: (AbortSignal | undefined)[] = [];
vi.mock('./session.ts', () => ({
  request: (path: string, { signal }: ApiRequest = {}) => {
    asked.push(path);
    signals.push(signal);
    const answer = answers.shift() ?? new Error('no answer is left');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  },
}));
const { LogSearch } = await import('./log-search.ts');

beforeEach(() => {
  vi.useFakeTimers();
  for (const list of [answers, asked, signals]) list.length = 0;
});

it('reads page after page, then only what a growing log adds, and nothing once it is complete', async () => {
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

it('searches what was added while a search ran', async () => {
  const search = new LogSearch('/matches?attempt=1');
  answers.push({ numbers: [1], next: 2, more: false, complete: false });
  answers.push({ numbers: [3], next: 4, more: false, complete: true });
  search.start('a', false, () => search.goOn());
  await vi.runAllTimersAsync();
  expect([search.found.value, asked.length]).toEqual([[1, 3], 2]);
});

it.each([400, 500, 0])('shows why a search failed with status %i, without what was found before', async (status) => {
  const search = new LogSearch('/matches?attempt=1');
  answers.push({ numbers: [1], next: 2, more: false, complete: false });
  search.start('a', true, () => undefined);
  await vi.runAllTimersAsync();
  answers.push(new ApiError(status, { code: 'Some', detail: 'why it failed', hint: '' }));
  search.start('a(', true, () => undefined);
  await vi.runAllTimersAsync();
  expect([search.found.value, search.problem.value, search.running.value]).toEqual([[], 'why it failed', false]);
  answers.push({ numbers: [7], next: 9, more: false, complete: true });
  search.goOn();
  await vi.runAllTimersAsync();
  // What the service refuses it would refuse again.
  const expected = status === 400 ? [[], 'why it failed', 2] : [[7], '', 3];
  expect([search.found.value, search.problem.value, asked.length]).toEqual(expected);
});

it('abandons the request of a search that is replaced', async () => {
  const search = new LogSearch('/matches?attempt=1');
  answers.push(new Promise<never>(() => undefined));
  search.start('a', false, () => undefined);
  await vi.advanceTimersByTimeAsync(1000);
  expect(signals.map((signal) => signal?.aborted)).toEqual([false]);
  search.start('ab', false, () => undefined);
  expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  search.stop();
});

it('reports the first match while the rest is still searched, and finds lines that read like errors', async () => {
  const search = new LogSearch('/matches?attempt=1');
  const found: (readonly number[])[] = [];
  answers.push({ numbers: [], next: 5, more: true, complete: true });
  answers.push({ numbers: [7], next: 9, more: true, complete: true });
  answers.push(new Promise<never>(() => undefined));
  search.startErrors(() => found.push(search.found.value));
  await vi.runAllTimersAsync();
  expect(asked[0]).toBe('/matches?attempt=1&errors=true&from=1');
  expect([found, search.running.value]).toEqual([[[7]], true]);
  search.stop();
});
