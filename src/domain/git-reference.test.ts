import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReference, refNameProblem } from './git-reference.ts';

describe('parseReference', () => {
  it.each([
    ['main', { kind: 'name', name: 'main', mayBeCommit: false }],
    ['feature/x-1', { kind: 'name', name: 'feature/x-1', mayBeCommit: false }],
    ['deadbeef', { kind: 'name', name: 'deadbeef', mayBeCommit: true }],
    ['refs/heads/v1', { kind: 'branch', name: 'v1' }],
    ['refs/tags/v1', { kind: 'tag', name: 'v1' }],
    ['HEAD', { kind: 'head' }],
    ['A'.repeat(40), { kind: 'commit', commit: 'a'.repeat(40) }],
  ])('reads %s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    ['', 'empty'],
    ['-upload-pack=x', 'dash'],
    ['--', 'dash'],
    ['a b', 'space'],
    ['a\nb', 'control character'],
    ['a..b', '..'],
    ['a@{1}', '@{'],
    ['@', 'word of its own'],
    ['a/', 'slash'],
    ['/a', 'slash'],
    ['a//b', 'slash'],
    ['.a', 'dot'],
    ['a/.b', 'dot'],
    ['a.lock', '.lock'],
    ['a.lock/b', '.lock'],
    ['a.', 'dot'],
    ['a~1', '~ ^'],
    ['a:b', '~ ^'],
    ['a*', '~ ^'],
    ['refs/heads/', 'empty'],
    [`refs/heads/${'a'.repeat(40)}`, 'reads like a commit'],
    ['x'.repeat(245), '244 bytes'],
  ])('refuses %j and says why', (text, why) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'ReferenceInvalid' }));
    expect(() => parseReference(text)).toThrow(why);
  });
});

it('never accepts what a command line or a shell could take for something else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      if (refNameProblem(text) !== undefined) return;
      expect(text).not.toMatch(/^-|[\u0000-\u0020\u007f~^:?*[\\]|\.\./);
    }),
    { numRuns: 1000 },
  );
});
