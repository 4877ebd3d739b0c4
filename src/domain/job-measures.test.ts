import { expect, it } from 'vitest';
import { roundedDuration } from './job-measures.ts';

it('keeps two significant digits of a duration, whole milliseconds, and nothing below 0', () => {
  const cases = [-5, 0, 0.4, 7, 1.6, 94.6, 1049, 123_456, 86_399_999];
  expect(cases.map(roundedDuration)).toEqual([0, 0, 0, 7, 2, 95, 1000, 120_000, 86_000_000]);
});

it('is at most 5% off', () => {
  for (let milliseconds = 1; milliseconds < 100_000; milliseconds += 37)
    expect(Math.abs(roundedDuration(milliseconds) / milliseconds - 1)).toBeLessThanOrEqual(0.05);
});
