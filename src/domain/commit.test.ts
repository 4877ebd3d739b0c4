import { describe, expect, it } from 'vitest';
import { isCommitPrefix, parseCommit, shortCommit } from './commit.ts';
import { TwinhullError } from './errors/twinhull-error.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';

describe('parseCommit', () => {
  it('returns lower case', () => {
    expect(parseCommit(commit.toUpperCase())).toBe(commit);
  });

  it.each([
    ['0123456', /"0123456" is not a commit: it has 7 digits, not 40/],
    [`${commit}\n`, /characters that are not hexadecimal digits/],
    ['a'.repeat(64), /SHA-256/],
    ['', /0 digits/],
  ])('refuses %j', (text, message) => {
    expect(() => parseCommit(text)).toThrow(TwinhullError);
    expect(() => parseCommit(text)).toThrow(message);
  });
});

it('accepts 7 to 39 digits as an abbreviated commit', () => {
  expect([6, 7, 39, 40].map((length) => isCommitPrefix(commit.slice(0, length)))).toEqual([false, true, true, false]);
  expect(shortCommit(commit)).toBe('0123456');
});
