import { describe, expect, it } from 'vitest';
import { padEnd, padStart, textWidth, truncate, wrap } from './text-width.ts';

describe('truncate', () => {
  it.each([
    ['short', 10, 'short'],
    ['exactly ten', 11, 'exactly ten'],
    ['one too many', 11, 'one too ma…'],
    ['模型模型', 8, '模型模型'],
    ['模型模型', 7, '模型模…'],
    ['模型模型', 6, '模型…'],
    ['a👩‍👩‍👧b', 4, 'a👩‍👩‍👧b'],
    ['a👩‍👩‍👧bc', 4, 'a👩‍👩‍👧…'],
    ['anything', 1, '…'],
    ['anything', 0, ''],
  ])('%s in %i columns is %s', (text, columns, expected) => {
    expect(truncate(text, columns)).toBe(expected);
  });

  it('never exceeds the columns', () => {
    const text = 'é模 👩‍👩‍👧 ascii ⚙️ 型'.repeat(4);
    for (let columns = 1; columns < 60; columns += 1)
      expect(textWidth(truncate(text, columns))).toBeLessThanOrEqual(columns);
  });
});

it('pads by display width, not by length', () => {
  expect(padEnd('模', 4)).toBe('模  ');
  expect(padStart('\u001b[1m7\u001b[22m', 3)).toBe('  \u001b[1m7\u001b[22m');
});

it('wraps at spaces', () => {
  expect(wrap('what to do when a line is long', 12)).toEqual(['what to do', 'when a line', 'is long']);
  expect(wrap('averyveryverylongword and', 5)).toEqual(['averyveryverylongword', 'and']);
});
