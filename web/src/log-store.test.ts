import { beforeEach, expect, it, vi } from 'vitest';
import { ApiError, type LogLines, type LogOutline } from './api.ts';
import type { StreamOptions } from './stream.ts';

type Answer = Partial<LogOutline> | Partial<LogLines> | ApiError;
let answer: (path: string) => Answer = () => ({});
const asked: string[] = [];
let stream: StreamOptions | undefined;
const stopStream = vi.fn();
vi.mock('./session.ts', () => ({
  request: async (path: string) => {
    asked.push(path);
    const found = answer(path);
    if (found instanceof Error) throw found;
    return found;
  },
}));
vi.mock('./stream.ts', () => ({
  follow: (options: StreamOptions) => {
    stream = options;
    return stopStream;
  },
}));
const { LogStore } = await import('./log-store.ts');

beforeEach(() => {
  vi.useFakeTimers();
  asked.length = 0;
  stream = undefined;
});

const outline = (changes: Partial<LogOutline>): LogOutline => ({
  ...{ attempt: 1, lines: 0, offset: 0, firstTime: null, phases: [], complete: false },
  ...changes,
});

it('follows a log from where its outline ends, counts what is added, and reads its phases at the end', async () => {
  const phases = [{ phase: 'build', image: null, from: 1, lines: 7, seconds: 1, exitCode: 0 }];
  answer = () => outline({ lines: 500_000, offset: 77, firstTime: '2026-01-01T00:00:00.000Z' });
  const log = new LogStore('/log?attempt=1');
  const stop = log.watch();
  await vi.advanceTimersByTimeAsync(0);
  expect([log.count.value, log.firstTime]).toEqual([500_000, Date.UTC(2026, 0, 1)]);
  expect(stream?.url()).toBe('/log?attempt=1&offset=77');
  stream?.on['log']?.({ text: 'a\nb\n', next: 81, times: [5, 1] });
  expect([log.count.value, stream?.url()]).toEqual([500_002, '/log?attempt=1&offset=81']);
  answer = () => outline({ lines: 500_003, phases, complete: true });
  stream?.ended?.();
  await vi.advanceTimersByTimeAsync(0);
  expect([log.count.value, log.ended.value, log.phases.value]).toEqual([500_003, true, phases]);
  // Neither the whole log nor any line that is not shown.
  expect(asked).toEqual(['/log/outline?attempt=1', '/log/outline?attempt=1']);
  stop();
  expect(stopStream).toHaveBeenCalled();
});

it('asks for a service that was away again, and reports what the service refuses', async () => {
  answer = () => new ApiError(0, { code: 'ServerUnreachable', detail: 'away', hint: '' });
  const log = new LogStore('/log?attempt=1');
  log.watch();
  await vi.advanceTimersByTimeAsync(0);
  expect([log.isKnown.value, log.problem.value]).toEqual([false, '']);
  answer = () => new ApiError(404, { code: 'BuildNotFound', detail: 'no attempt', hint: '' });
  await vi.advanceTimersByTimeAsync(1500);
  expect(log.problem.value).toBe('no attempt');
  answer = () => outline({ lines: 3, complete: true });
  await vi.advanceTimersByTimeAsync(1500);
  expect([log.isKnown.value, log.problem.value, stream]).toEqual([true, '', undefined]);
});

it('reads lines for the clipboard from the service, page by page, and refuses too many', async () => {
  const all = Array.from({ length: 25_000 }, (_, at) => `line ${String(at + 1)}`);
  answer = (path) => {
    const query = new URLSearchParams(path.split('?')[1]);
    const [from, limit] = [Number(query.get('from')), Number(query.get('limit'))];
    expect(query.has('width')).toBe(false);
    const lines = all.slice(from - 1, from - 1 + limit).map((text, at) => ({ number: from + at, text, time: null }));
    return { lines, next: from + lines.length };
  };
  const log = new LogStore('/log?attempt=1');
  expect(await log.text(3, 24_999)).toBe(all.slice(2, 24_999).join('\n'));
  await expect(log.text(1, 100_001)).rejects.toThrow('too many lines');
});
