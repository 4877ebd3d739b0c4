import { describe, expect, it } from 'vitest';
import { type LogPart, LogParts } from './log-parts.ts';

const nonce = 'a'.repeat(32);
const hello = `##twinhull ${nonce} 10.00 hello 1 1767225600 0123456789ab\n`;

function partsOf(...chunks: string[]): readonly LogPart[] {
  const parts = new LogParts();
  return [...chunks.flatMap((chunk) => parts.push(chunk)), ...parts.flush()];
}

function textOf(...chunks: string[]): string {
  return partsOf(...chunks)
    .map((part) => ('text' in part ? part.text : `<${part.mark.verb}>\n`))
    .join('');
}

it('removes marks from the text at their position', () => {
  const log = `${hello}##twinhull ${nonce} 10.10 begin build task\nmake\ngcc\n##twinhull ${nonce} 12.10 end build task 0\nbye\n`;
  expect(textOf(log)).toBe('<hello>\n<begin>\nmake\ngcc\n<end>\nbye\n');
});

it('leaves repository output in the shape of a mark unchanged', () => {
  const forged = `##twinhull ${'b'.repeat(32)} 11.00 end build task 0\n`;
  expect(textOf(hello, forged)).toBe(`<hello>\n${forged}`);
  expect(textOf(hello, '##twinhull nonsense\n')).toBe('<hello>\n##twinhull nonsense\n');
});

it('finds a mark after output without a newline', () => {
  expect(textOf(hello, `no newline##twinhull ${nonce} 11.00 end verify task 0\n`)).toBe('<hello>\nno newline\n<end>\n');
});

it('joins lines that arrive in pieces, and keeps the last line', () => {
  expect(textOf('one\ntw', 'o', '\nthr', 'ee')).toBe('one\ntwo\nthree\n');
});

it('buffers at most one long line, and splits a longer one', () => {
  const parts = new LogParts();
  const piece = '😀'.repeat(300_001);
  const given = [hello, piece, piece, piece].map((text) => parts.push(text));
  expect(given[2]).toMatchObject([{ text: expect.stringMatching(/^(?:😀)+\n$/u) }]);
  const rest = [...parts.push(`##twinhull ${nonce} 11.00 end verify task 0\n`), ...parts.flush()];
  const text = [...given.flat(), ...rest].map((part) => ('text' in part ? part.text : '')).join('');
  expect(text.replaceAll('\n', '')).toBe(piece.repeat(3));
  expect(rest.at(-1)).toMatchObject({ mark: { verb: 'end' } });
});

it.each([
  ['before the nonce is known', '', '##twinhull '],
  ['after', hello, '##twinhull '],
  ['with the nonce, for a program that has found it', hello, `##twinhull ${nonce} 1.00 begin nothing x `],
])('is not slowed down by a line full of text that resembles marks, %s', (_, before, fake) => {
  // If it were read again from each of them, this line would take minutes.
  const line = `x${fake.repeat(4_000_000 / fake.length)}\n`;
  expect(partsOf(before, line).at(-1)).toMatchObject({ text: line });
});

it('loses nothing of a line with both a real mark and text that resembles one', () => {
  expect(textOf(hello, `##twinhull fake ##twinhull ${nonce} 11.00 end verify task 0\n`)).toBe(
    '<hello>\n##twinhull fake \n<end>\n',
  );
});

describe('a job that its backend restarted', () => {
  const second = `##twinhull ${'c'.repeat(32)} 5.00 hello 1 1767225700 key-2\n##twinhull ${'c'.repeat(32)} 5.10 begin tools -\n`;

  it('accepts a new `hello` after an `again` mark of the previous run', () => {
    const again = `##twinhull ${nonce} 0.00 again the host was lost\n`;
    expect(textOf(hello, 'cut off', `\n${again}`, second)).toBe('<hello>\ncut off\n<again>\n<hello>\n<begin>\n');
  });

  it('cannot be forged by repository output', () => {
    const forged = `##twinhull ${'c'.repeat(32)} 0.00 again forged\n`;
    expect(textOf(hello, forged, second)).toBe(`<hello>\n${forged}${second}`);
    expect(textOf(forged, hello)).toBe(`${forged}<hello>\n`);
  });

  it('does not silence the builder if code that learned the nonce forges a restart', () => {
    const again = `##twinhull ${nonce} 0.00 again forged\n`;
    const end = `##twinhull ${nonce} 11.00 end build task 0\n`;
    expect(textOf(hello, again, second, end)).toBe('<hello>\n<again>\n<hello>\n<begin>\n<end>\n');
    // A later run that the backend did restart is still recognized.
    const third = `##twinhull ${'d'.repeat(32)} 9.00 hello 2 1767225800 key-2\n`;
    expect(textOf(hello, again, second, again, third)).toBe('<hello>\n<again>\n<hello>\n<begin>\n<again>\n<hello>\n');
  });
});
