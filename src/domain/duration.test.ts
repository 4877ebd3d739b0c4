import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  it.each([
    ['45s', 45],
    ['90m', 5400],
    ['2h', 7200],
    ['1h30m', 5400],
    ['2d', 172_800],
    ['0s', 0],
  ])('parses %s as %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', '90', 'm', '1.5h', '-1h', '1m1h', '1h 30m', ' 1h', '1H', '1h\n', '99999999s'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('parses the output of formatDuration', () => {
    fc.assert(fc.property(fc.nat(30 * 86_400), (seconds) => parseDuration(formatDuration(seconds)) === seconds));
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [59.9, '59s'],
    [5400, '1h30m'],
    [90_061, '1d1h1m1s'],
  ])('formats %d as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});
