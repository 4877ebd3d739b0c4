import { describe, expect, it } from 'vitest';
import { binaryBytes, counted, elapsed, megabytes, relativeTime, ticking } from './quantities.ts';

const now = Date.UTC(2026, 2, 4, 5, 6, 7);
const minute = 60_000;

describe('relativeTime', () => {
  it.each([
    [-5_000, 'just now'],
    [44_000, 'just now'],
    [3 * minute, '3 min ago'],
    [59 * minute, '59 min ago'],
    [60 * minute, '1 h ago'],
    [23 * 60 * minute, '23 h ago'],
    [24 * 60 * minute, 'yesterday'],
    [5 * 24 * 60 * minute, '5 days ago'],
    [40 * 24 * 60 * minute, '2026-01-23'],
  ])('%i ms before now is %s', (age, expected) => {
    expect(relativeTime(now - age, now)).toBe(expected);
  });
});

it.each([
  [0, '0.0s'],
  [0.44, '0.4s'],
  [9.96, '10s'],
  [59.4, '59s'],
  [59.6, '1m00s'],
  [72, '1m12s'],
  [3_599.6, '1h00m'],
  [7_500, '2h05m'],
])('elapsed(%d) is %s', (seconds, expected) => {
  expect(elapsed(seconds)).toBe(expected);
});

it('a ticking clock shows whole seconds and is never ahead', () => {
  expect([0, 0.9, 9.99, 59.9, 60].map(ticking)).toEqual(['0s', '0s', '9s', '59s', '1m00s']);
});

it('formats sizes and counts', () => {
  expect([0, 812_000, 41_230_000, 1_204_000_000].map(megabytes)).toEqual(['0.0 MB', '0.8 MB', '41.2 MB', '1,204.0 MB']);
  expect([512 * 2 ** 20, 23.5 * 2 ** 30].map(binaryBytes)).toEqual(['512 MiB', '23.5 GiB']);
  expect([counted(1, 'job'), counted(2, 'job')]).toEqual(['1 job', '2 jobs']);
});
