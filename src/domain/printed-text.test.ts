import { expect, it } from 'vitest';
import { hasSequences, printedText } from './printed-text.ts';

it.each([
  ['colours', '\u001b[1;38:2:255:0:0merror\u001b[0m: no', 'error: no'],
  ['movements of the cursor', 'a\u001b[2K\u001b[1Gb\u001b7', 'ab'],
  ['titles and links', '\u001b]0;title\u0007a\u001b]8;;https://x.example\u001b\\b', 'ab'],
  ['strings of devices', '\u001bPq#0\u001b\\a', 'a'],
  ['carriage returns at the end', 'done\r\r', 'done'],
  ['a carriage return before a colour', 'done\r\u001b[0m', 'done'],
])('leaves out %s', (_what, line, printed) => {
  expect(printedText(line)).toBe(printed);
});

it('keeps other text', () => {
  expect(printedText('10%\r50% [31m é')).toBe('10%\r50% [31m é');
  expect([hasSequences('a\u001b'), hasSequences('a[0m')]).toEqual([true, false]);
});

it.each(['\u001b', '\u001b[', '\u001b]', '\u001bP', '\r', '\u001b[0'])('takes time linear in a line of %j', (unit) => {
  const started = performance.now();
  printedText(`${unit.repeat(500_000)}x`);
  expect(performance.now() - started).toBeLessThan(2_000);
});
