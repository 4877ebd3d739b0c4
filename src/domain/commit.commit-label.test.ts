import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitLabel } from './commit.ts';

describe('commitLabel', () => {
  it.each([
    ['Fix the cell', 'Fix the cell'],
    ['  two\tblanks \r\n', 'two blanks'],
    ['\u001b[31mred\u001b[0m \u001b]0;title\u0007text', 'red text'],
    ['evil \u202etxt.exe\u2066', 'evil txt.exe'],
    ['a\u0000b\u0085c\u2028d', 'abc d'],
    ['<b>&amp; ##twinhull 0 1 end', '<b>&amp; ##twinhull 0 1 end'],
    ['\u{1F40B}'.repeat(300), '\u{1F40B}'.repeat(200)],
    [`${'a'.repeat(199)} b`, 'a'.repeat(199)],
  ])('makes one line of %j', (text, expected) => {
    expect(commitLabel(text, 200)).toBe(expected);
  });

  it.each(['', '  \n', '\u001b[31m', '\u200f\u202e'])('has nothing of %j', (text) => {
    expect(commitLabel(text, 200)).toBeUndefined();
  });

  it('is a short line without control characters, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const label = commitLabel(text, 100) ?? 'nothing';
        expect(label).toBe(label.trim());
        expect([...label].length).toBeLessThanOrEqual(100);
        expect(label).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
