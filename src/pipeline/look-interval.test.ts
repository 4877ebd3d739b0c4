import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookInterval } from './look-interval.ts';

const rhythm = {
  intervalMilliseconds: 1_000,
  quietIntervalMilliseconds: 10_000,
  heardIntervalMilliseconds: 60_000,
};

describe('the time until the next look at a build', () => {
  it.each([
    { quiet: 0, unheard: 1_000, heard: 1_000 },
    { quiet: 4_000, unheard: 1_000, heard: 1_000 },
    { quiet: 20_000, unheard: 5_000, heard: 5_000 },
    { quiet: 40_000, unheard: 10_000, heard: 10_000 },
    { quiet: 120_000, unheard: 10_000, heard: 30_000 },
    { quiet: 3_600_000, unheard: 10_000, heard: 60_000 },
    // A change that another machine's clock puts into the future.
    { quiet: -5_000, unheard: 1_000, heard: 1_000 },
  ])('grows with the quiet, and further where changes are heard of: after $quiet ms', ({ quiet, unheard, heard }) => {
    expect(lookInterval(quiet, false, rhythm)).toBe(unheard);
    expect(lookInterval(quiet, true, rhythm)).toBe(heard);
  });

  it('stays the same where no bounds are given', () => {
    const base = { intervalMilliseconds: 1_000 };
    expect([0, 60_000, 3_600_000].map((quiet) => lookInterval(quiet, true, base))).toEqual([1_000, 1_000, 1_000]);
  });

  it('is never shorter than the base, never longer than the bound, and never shrinks while nothing changes', () => {
    const bounds = fc.nat(600_000);
    const rhythms = fc.record({
      intervalMilliseconds: fc.integer({ min: 50, max: 60_000 }),
      quietIntervalMilliseconds: bounds,
      heardIntervalMilliseconds: bounds,
    });
    fc.assert(
      fc.property(rhythms, fc.nat(1e7), fc.nat(1e7), fc.boolean(), (any, quiet, more, hears) => {
        const interval = lookInterval(quiet, hears, any);
        const bound = hears ? any.heardIntervalMilliseconds : any.quietIntervalMilliseconds;
        expect(interval).toBeGreaterThanOrEqual(any.intervalMilliseconds);
        expect(interval).toBeLessThanOrEqual(Math.max(any.intervalMilliseconds, bound));
        expect(lookInterval(quiet + more, hears, any)).toBeGreaterThanOrEqual(interval);
      }),
    );
  });
});
