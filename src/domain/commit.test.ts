import { describe, expect, it } from 'vitest';
import { TwinhullError } from '../errors/twinhull-error.ts';
import { isCommitPrefix, parseCommit, shortCommit } from './commit.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';

describe('parseCommit', () => {
  it('gives lower case', () => {
    expect(parseCommit(commit.toUpperCase())).toBe(commit);
  });

  it.each([
    ['0123456', /"0123456" is no commit: it has 7 digits, not 40/],
    [`${commit}\n`, /characters that are no hexadecimal digits/],
    ['a'.repeat(64), /SHA-256/],
    ['', /0 digits/],
  ])('refuses %j', (text, message) => {
    expect(() => parseCommit(text)).toThrow(TwinhullError);
    expect(() => parseCommit(text)).toThrow(message);
  });
});

it('takes 7 to 39 digits for the beginning of a commit', () => {
  expect([6, 7, 39, 40].map((length) => isCommitPrefix(commit.slice(0, length)))).toEqual([false, true, true, false]);
  expect(shortCommit(commit)).toBe('0123456');
});
