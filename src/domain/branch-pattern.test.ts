import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchesBranch } from './branch-pattern.ts';

it.each([
  ['main', 'main', true],
  ['main', 'mainly', false],
  ['main', 'Main', false],
  ['release/*', 'release/1.0', true],
  ['release/*', 'release/', true],
  ['release/*', 'release/1.0/hotfix', false],
  ['release/**', 'release/1.0/hotfix', true],
  ['*', 'main', true],
  ['*', 'feature/x', false],
  ['**', 'feature/x', true],
  ['**/x', 'a/b/x', true],
  ['v*.*', 'v1.2', true],
  ['v*.*', 'v12', false],
  ['*-fix', 'a-fix-fix', true],
  ['feature/*/é', 'feature/日本/é', true],
  ['a.c', 'abc', false],
])('%s and %s: %s', (pattern, branch, matches) => {
  expect(matchesBranch(pattern, branch)).toBe(matches);
});

const character = fc.constantFrom('a', 'b', '/', '.', '-', '+', '(', '日');
const text = fc.string({ unit: character, maxLength: 12 });

it('agrees with an equivalent regular expression', () => {
  const pattern = fc.string({ unit: fc.oneof(character, fc.constant('*')), maxLength: 10 });
  fc.assert(
    fc.property(pattern, text, (wanted, branch) => {
      const source = wanted.replace(/[.+()]/g, '\\$&').replace(/\*+/g, (stars) => (stars === '*' ? '[^/]*' : '[^]*'));
      expect(matchesBranch(wanted, branch)).toBe(new RegExp(`^${source}$`, 'u').test(branch));
    }),
    { numRuns: 3_000 },
  );
});

it('matches any branch after parts of it are replaced with stars', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.boolean()), { maxLength: 6 }), (parts) => {
      const branch = parts.map(([part]) => part).join('-');
      const pattern = parts.map(([part, hidden]) => (hidden ? '**' : part)).join('-');
      expect(matchesBranch(pattern, branch)).toBe(true);
    }),
  );
});

it('matches many stars quickly', () => {
  const branch = 'a'.repeat(244);
  expect(matchesBranch(`${'*a'.repeat(60)}b`, branch)).toBe(false);
  expect(matchesBranch('*a'.repeat(60), branch)).toBe(true);
});
