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
    ['refs/pull/1/head', { kind: 'ref', name: 'refs/pull/1/head' }],
    ['refs/merge-requests/1/head', { kind: 'ref', name: 'refs/merge-requests/1/head' }],
    ['HEAD', { kind: 'head' }],
    ['A'.repeat(40), { kind: 'commit', commit: 'a'.repeat(40) }],
  ])('parses %s', (text, expected) => {
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
    ['@', 'reserved word'],
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
    ['refs/', 'empty'],
    ['refs/pull/../x', '..'],
    ['a'.repeat(64), 'repositories with SHA-256 object names are not supported'],
    [`refs/heads/${'a'.repeat(40)}`, 'looks like a commit'],
    ['x'.repeat(245), '244 bytes'],
  ])('refuses %j with the reason', (text, why) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'ReferenceInvalid' }));
    expect(() => parseReference(text)).toThrow(why);
  });
});

it('never accepts what a command line or a shell could misinterpret', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      if (refNameProblem(text) !== undefined) return;
      expect(text).not.toMatch(/^-|[\u0000-\u0020\u007f~^:?*[\\]|\.\./);
    }),
    { numRuns: 1000 },
  );
});
