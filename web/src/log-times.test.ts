import { expect, it, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
const { shortTime } = await import('./log-times.ts');

const at = Date.UTC(2026, 2, 4, 5, 6, 7, 89);

it.each([
  ['UTC', at, '05:06:07.089'],
  ['elapsed', at - 1_500, '+00:01.500'],
  ['elapsed', at - 3_723_004, '+1:02:03.004'],
  ['elapsed', at + 2, '-00:00.002'],
] as const)('shows a time in %s since %d as %s', (mode, first, text) => {
  expect(shortTime(at, mode, first)).toBe(text);
});

it('shows the time of the reader, and nothing for a line without one', () => {
  const here = new Date(at);
  expect(shortTime(at, 'local', at)).toBe(`${here.toTimeString().slice(0, 8)}.089`);
  for (const mode of ['local', 'UTC', 'elapsed'] as const) expect(shortTime(Number.NaN, mode, at)).toBe('');
});
