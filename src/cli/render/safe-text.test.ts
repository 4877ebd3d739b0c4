import { describe, expect, it } from 'vitest';
import { safeLine, safeText } from './safe-text.ts';

describe('safeText', () => {
  it.each([
    ['colours', '\u001b[31mred\u001b[0m text\n', 'red text\n'],
    ['a moved cursor', 'kept\u001b[2K\u001b[1A overwritten', 'kept overwritten'],
    ['a changed window title', '\u001b]0;owned\u0007text', 'text'],
    ['bells and backspaces', 'a\u0007b\u0008c', 'abc'],
    ['C1 controls', 'a\u009b31mb', 'ab'],
    ['text that is turned around', 'user\u202etxt.exe', 'usertxt.exe'],
    ['zero-width characters', 'ad\u200bmin\u200c\u200d\u2060\ufeff\u00ad', 'admin'],
    ['direction marks', '\u200ea\u200f\u061cb\u202ec\u2066d', 'abcd'],
    ['fillers and tags', 'a\u3164\u115f\u{e0041}\u{e0101}b', 'ab'],
    ['a half escape sequence', 'text\u001b', 'text'],
    ['Windows line ends', 'one\r\ntwo\r\n', 'one\ntwo\n'],
    ['a lone return at a chunk', 'one\r', 'one\n'],
    ['returns before a line end', 'one\r\r\ntwo\r\r', 'one\ntwo\n\n'],
    ['a progress bar: every state gets its line', '10%\r60%\r100%\n', '10%\n60%\n100%\n'],
  ])('makes %s harmless', (_, text, expected) => {
    expect(safeText(text)).toBe(expected);
  });

  it('keeps tabs, newlines and every script', () => {
    const text = 'a\tb\n模型 ⚙️ é\n';
    expect(safeText(text)).toBe(text);
  });
});

it('safeLine stays on one line', () => {
  expect(safeLine(' one\n  two\tthree\r\n')).toBe('one two  three');
});

it.each([
  ['returns', '\r'],
  ['blanks', ' \t'],
  ['beginnings of escape sequences', '\u001b['],
  ['parameters of one', ';1'],
])('processes a megabyte of %s quickly', (_, piece) => {
  // Retrying from every position would take minutes.
  const text = `\u001b[${piece.repeat(1_000_000 / piece.length)}x`;
  expect(safeText(text)).not.toContain('\u001b');
  expect(safeLine(text)).not.toContain('\n');
});
