import { expect, it } from 'vitest';
import { readRecipeText } from './read-recipe.ts';
import { readYaml } from './yaml-source.ts';

const keys = (count: number): string => Array.from({ length: count }, (_, index) => `k${String(index)}: 1\n`).join('');

it.each([
  ['aliases of aliases', 'excessive alias count', `a: &a [x,x,x,x,x,x,x,x,x]\n${bomb('bcdefghi')}`],
  ['depth', 'at most 32 levels', '['.repeat(50_000) + ']'.repeat(50_000)],
  ['length', 'at most 262144 characters', 'x'.repeat(300_000)],
])('refuses a recipe that would exhaust resources by %s', (_, reason, text) => {
  expect(readYaml(text).problems[0]?.reason).toContain(reason);
});

it('reports only the first of many problems, since each must be located', () => {
  expect(readRecipeText(keys(5_000))).toMatchObject({ problems: { length: 100 } });
});

it('finds keys with equal values', () => {
  const reasons = readYaml('a: {x: 1, y: 2, x: 3}\nb: {"1": a, 1: b}\n').problems.map(({ reason }) => reason);
  expect(reasons).toEqual(['map keys must be unique', 'map keys must be unique']);
});

it('keeps keys as the author wrote them', () => {
  expect(readYaml('{TRUE: a, 1.10: b, NULL: c, 010: d}').data).toEqual({
    TRUE: 'a',
    '1.10': 'b',
    NULL: 'c',
    '010': 'd',
  });
});

it('reads words and dates that other versions of YAML convert as text', () => {
  const texts = ['yes', 'no', 'on', '2024-01-02', '12:30:45', '1_000', '0b1'];
  expect(readYaml(`[${texts.join(', ')}]`).data).toEqual(texts);
});

/** Each letter is a list of nine times the previous one. */
function bomb(letters: string): string {
  const line = (letter: string, index: number): string => {
    const before = String.fromCharCode(97 + index);
    return `${letter}: &${letter} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]\n`;
  };
  return [...letters].map(line).join('');
}

it.each([
  ['flow sequences', '['.repeat(100_000)],
  ['closed flow sequences', '['.repeat(100_000) + ']'.repeat(100_000)],
  ['flow mappings', '{a: '.repeat(50_000)],
  ['block sequences', `${'- '.repeat(100_000)}x`],
  ['keys', `${'? '.repeat(100_000)}x`],
  ['block mappings', Array.from({ length: 600 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')],
])('refuses deeply nested %s', (_what, text) => {
  expect(readYaml(text).problems).toMatchObject([{ reason: 'a recipe has at most 32 levels' }]);
});

it('refuses too many values, and aliases that multiply', () => {
  expect(readYaml(`[${'1, '.repeat(50_000)}]`).problems).toMatchObject([
    { reason: 'a recipe has at most 20000 values' },
  ]);
  const bomb = [
    'a: &a [x, x]',
    ...Array.from(
      { length: 20 },
      (_, n) =>
        `b${n}: &b${n} [${Array(9)
          .fill(n === 0 ? '*a' : `*b${n - 1}`)
          .join(', ')}]`,
    ),
  ];
  expect(readYaml(bomb.join('\n')).problems[0]?.reason).toMatch(/alias/);
});
