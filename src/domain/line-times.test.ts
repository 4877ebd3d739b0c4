import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countLines, decodeLineTimes, encodeLineTimes, newlinesBefore } from './line-times.ts';

const moment = fc.integer({ min: 0, max: Date.UTC(2100, 0) });

it('returns the moments that it was given, whatever their order', () => {
  const burst = fc.tuple(moment, fc.integer({ min: 1, max: 300 })).map(([at, lines]) => Array<number>(lines).fill(at));
  const times = fc
    .array(
      fc.oneof(
        moment.map((at) => [at]),
        burst,
      ),
      { minLength: 1, maxLength: 9 },
    )
    .map((all) => all.flat());
  fc.assert(
    fc.property(times, (given) => {
      const encoded = encodeLineTimes(given);
      expect(encoded).toMatch(/^[0-9a-z,*-]+$/);
      expect(decodeLineTimes(encoded)).toEqual(given);
    }),
  );
});

it('takes a few characters for a burst of lines', () => {
  const at = Date.UTC(2026, 2, 4);
  expect(encodeLineTimes(Array<number>(5_000).fill(at))).toMatch(/^[0-9a-z]{8},0\*[0-9a-z]{3}$/);
  expect(encodeLineTimes(Array.from({ length: 1_000 }, (_, line) => at + line * 7)).length).toBeLessThan(20);
});

it('counts lines and newlines', () => {
  expect(['', 'a', 'a\n', '\n', 'a\n\nb'].map(countLines)).toEqual([0, 1, 1, 1, 3]);
  expect([0, 1, 2, 3, 9].map((end) => newlinesBefore('a\n\n', end))).toEqual([0, 0, 1, 2, 2]);
});
