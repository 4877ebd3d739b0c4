import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pollInterval } from './decision.ts';

const pollIntervals = {
  intervalMilliseconds: 1_000,
  quietIntervalMilliseconds: 10_000,
  intervalWithEventsMilliseconds: 60_000,
};

describe('the interval until the next poll of a build', () => {
  it.each([
    { quiet: 0, withoutEvents: 1_000, withEvents: 1_000 },
    { quiet: 4_000, withoutEvents: 1_000, withEvents: 1_000 },
    { quiet: 20_000, withoutEvents: 5_000, withEvents: 5_000 },
    { quiet: 40_000, withoutEvents: 10_000, withEvents: 10_000 },
    { quiet: 120_000, withoutEvents: 10_000, withEvents: 30_000 },
    { quiet: 3_600_000, withoutEvents: 10_000, withEvents: 60_000 },
    // The clock of another machine puts the change into the future.
    { quiet: -5_000, withoutEvents: 1_000, withEvents: 1_000 },
  ])(
    'grows without changes, and further while events are available: after $quiet ms',
    ({ quiet, withoutEvents, withEvents }) => {
      expect(pollInterval(quiet, false, pollIntervals)).toBe(withoutEvents);
      expect(pollInterval(quiet, true, pollIntervals)).toBe(withEvents);
    },
  );

  it('is constant without bounds', () => {
    const base = { intervalMilliseconds: 1_000 };
    expect([0, 60_000, 3_600_000].map((quiet) => pollInterval(quiet, true, base))).toEqual([1_000, 1_000, 1_000]);
  });

  it('stays between base and bound, and never shrinks without changes', () => {
    const bounds = fc.nat(600_000);
    const arbitraryIntervals = fc.record({
      intervalMilliseconds: fc.integer({ min: 50, max: 60_000 }),
      quietIntervalMilliseconds: bounds,
      intervalWithEventsMilliseconds: bounds,
    });
    fc.assert(
      fc.property(arbitraryIntervals, fc.nat(1e7), fc.nat(1e7), fc.boolean(), (any, quiet, more, eventsAvailable) => {
        const interval = pollInterval(quiet, eventsAvailable, any);
        const bound = eventsAvailable ? any.intervalWithEventsMilliseconds : any.quietIntervalMilliseconds;
        expect(interval).toBeGreaterThanOrEqual(any.intervalMilliseconds);
        expect(interval).toBeLessThanOrEqual(Math.max(any.intervalMilliseconds, bound));
        expect(pollInterval(quiet + more, eventsAvailable, any)).toBeGreaterThanOrEqual(interval);
      }),
    );
  });
});
