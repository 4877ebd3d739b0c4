import { expect, it } from 'vitest';
import { readRecipeText } from './read-recipe.ts';
import { readYaml } from './yaml-source.ts';

const keys = (count: number): string => Array.from({ length: count }, (_, index) => `k${String(index)}: 1\n`).join('');

it.each([
  ['aliases of aliases', 'excessive alias count', `a: &a [x,x,x,x,x,x,x,x,x]\n${bomb('bcdefghi')}`],
  ['depth', 'call stack', '['.repeat(50_000) + ']'.repeat(50_000)],
  ['length', 'at most 262144 characters', 'x'.repeat(300_000)],
])('refuses a recipe that is made to exhaust us by %s', (_, reason, text) => {
  expect(readYaml(text).problems[0]?.reason).toContain(reason);
});

it('names the first of many problems only, as each has to be looked for', () => {
  expect(readRecipeText(keys(20_000))).toMatchObject({ problems: { length: 100 } });
});

it('finds keys that are the same in what they are read as', () => {
  const reasons = readYaml('a: {x: 1, y: 2, x: 3}\nb: {"1": a, 1: b}\n').problems.map(({ reason }) => reason);
  expect(reasons).toEqual(['map keys must be unique', 'map keys must be unique']);
});

/** Each letter a list of nine times the one before. */
function bomb(letters: string): string {
  const line = (letter: string, index: number): string => {
    const before = String.fromCharCode(97 + index);
    return `${letter}: &${letter} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]\n`;
  };
  return [...letters].map(line).join('');
}
