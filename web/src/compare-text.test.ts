import { expect, it } from 'vitest';
import { baseText, noDifferenceText } from './compare-text.ts';

const [one, other] = ['sha256:1', 'sha256:2'];

it.each([
  ['both known and equal', one, one, 'is the same'],
  ['both known and different', one, other, undefined],
  ['neither known', null, null, 'digest unknown in this build and the last success'],
  ['a job that failed before it had any', null, other, 'digest unknown in this build'],
  ['a last success that reported none', one, null, 'digest unknown in the last success'],
])('compares the digests of a base image: %s', (_what, digest, baselineDigest, expected) => {
  expect(baseText({ digest, baselineDigest })).toBe(expected);
});

it('does not call logs equal that are not stored', () => {
  expect(noDifferenceText({ hasLogs: true })).toContain('No line differs');
  expect(noDifferenceText({ hasLogs: false })).toContain('not compared');
});
