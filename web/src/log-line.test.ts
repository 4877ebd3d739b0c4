import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lineSegments, longestLine, plainText } from './log-line.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '\u001b[31m',
          '\u001b[1;4m',
          '\u001b[0m',
          '\u001b]0;title\u0007',
          '\u001b[2J',
          '\u001b[',
          '\u001bP',
        ),
        fc.constantFrom(
          '<script>alert(1)</script>',
          '<img src=x onerror=alert(1)>',
          '&lt;',
          '\u202e',
          '\u2066',
          '\r',
          '\u0000',
        ),
        fc.string({ maxLength: 20 }),
      ),
    )
    .map((parts) => parts.join('')),
);

it('shows any line as text with class names from a fixed alphabet, and nothing that reorders or hides it', () => {
  fc.assert(
    fc.property(hostile, (line) => {
      const segments = lineSegments(line);
      const text = segments.map((each) => each.text).join('');
      expect(text).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/u);
      for (const { style } of segments) expect(style).toMatch(/^[a-z -]*$/);
      expect(text.length).toBeLessThan(longestLine * 9);
    }),
  );
});

it('keeps plain text, markup included, as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab <>&"\'[;m=/'), maxLength: 80 }), (line) => {
      expect(
        lineSegments(line)
          .map(({ text }) => text)
          .join(''),
      ).toBe(line);
    }),
  );
});

it.each([
  [
    'colours',
    '\u001b[1;31merror\u001b[0m: no',
    [
      { text: 'error', style: 'fg-red ansi-bold' },
      { text: ': no', style: '' },
    ],
  ],
  ['a title', 'a\u001b]0;evil\u0007b', [{ text: 'ab', style: '' }]],
  ['cursor and screen', '\u001b[2J\u001b[1;1Hx', [{ text: 'x', style: '' }]],
  ['progress', '10%\r50%\r100%', [{ text: '100%', style: '' }]],
  ['bidi', 'a\u202eb', [{ text: 'a\u2039U+202E\u203ab', style: '' }]],
])('renders %s', (_what, line, expected) => {
  expect(lineSegments(line)).toEqual(expected);
});

it('cuts a line of 1 MB, and reports what is left', () => {
  const segments = lineSegments('x'.repeat(1_000_000));
  expect(segments.map(({ text }) => text.length)).toEqual([longestLine, ' … 980000 more characters'.length]);
  expect(lineSegments('ab', longestLine, 3).at(-1)).toEqual({ text: ' … 3 more characters', style: 'cut' });
});

it('copies lines whole, as text that steers no terminal', () => {
  const long = 'x'.repeat(longestLine + 1);
  const lines = ['\u001b[31mred\u001b[0m\tend\r', 'a\u001b[201~b', '\u009b201~', long, '\r'.repeat(1_000_000) + 'last'];
  expect(plainText(lines)).toBe(`red\tend\nab\n\u2039U+009B\u203a201~\n${long}\nlast`);
});
