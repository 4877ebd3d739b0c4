import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printedText, withoutSequences } from '../../domain/printed-text.ts';
import { errorMatcher, type LineMatcher, patternMatcher, testedCharacters, textMatcher } from './line-matcher.ts';
import { findLines, type LogLinesQuery, readLogLines, withTimes } from './log-lines.ts';
import type { LogPiece } from './scan-lines.ts';

async function* pieces(...texts: readonly string[]): AsyncGenerator<LogPiece> {
  for (const text of texts) yield { text, times: () => undefined };
}

const all = { from: 1, count: 100, isTail: false } as const;

describe('readLogLines', () => {
  it.each<[string, Partial<LogLinesQuery>, readonly number[], number, boolean]>([
    ['all lines', {}, [1, 2, 3, 4, 5], 6, false],
    ['a page', { from: 2, count: 2 }, [2, 3], 4, true],
    ['the last page', { from: 4, count: 2 }, [4, 5], 6, false],
    ['nothing after the end', { from: 9 }, [], 9, false],
    ['the last lines', { count: 2, isTail: true }, [4, 5], 6, false],
    ['the last lines of a range', { from: 5, count: 3, isTail: true }, [5], 6, false],
    ['the lines with a text, in any case', { matcher: textMatcher('ERR') }, [2, 4], 6, false],
    ['the first line with a text', { matcher: textMatcher('err'), count: 1 }, [2], 4, true],
    ['the last line with a text', { matcher: textMatcher('err'), count: 1, isTail: true }, [4], 6, false],
    ['the lines that a pattern matches', { matcher: patternMatcher('^e(rr|$)') }, [2, 4, 5], 6, false],
    ['the first line that a pattern matches', { matcher: patternMatcher('r+'), count: 1 }, [2], 4, true],
    ['no line with a text that is not there', { matcher: textMatcher('a\nerror') }, [], 6, false],
  ])('selects %s', async (_what, query, numbers, next, more) => {
    const found = await readLogLines(pieces('a\nerror\n', '\n', 'Err\u001b[0m\r\n', 'e\n'), { ...all, ...query });
    expect(found.lines.map(({ number }) => number)).toEqual(numbers);
    expect(found).toMatchObject({ next, more });
  });

  it.each([
    ['the beginning of a coloured line', patternMatcher('^error')],
    ['the end of a line before its carriage return', patternMatcher('no$')],
    ['a text that a colour interrupts', textMatcher('error: no')],
  ])('searches what people see: %s', async (_what, matcher) => {
    const coloured = '\u001b[31mer\u001b[1mror\u001b[0m: no\r';
    const { lines } = await readLogLines(pieces('a\n', `31m\n${coloured}\n`), { ...all, matcher });
    expect(lines.map(({ number, text }) => [number, text])).toEqual([[3, coloured]]);
  });

  it('finds nothing in escape sequences', async () => {
    expect(await findLines(pieces('\u001b[31ma\n'), { ...all, matcher: textMatcher('31m') })).toMatchObject({
      numbers: [],
    });
  });

  it('returns the text as it was printed, without its newline', async () => {
    const { lines } = await readLogLines(pieces('a\r\n\u001b[31m<b>\u202e\n'), all);
    expect(lines.map(({ text }) => text)).toEqual(['a\r', '\u001b[31m<b>\u202e']);
  });

  it.each([false, true])('bounds an answer of long lines, but returns at least one (tail: %s)', async (isTail) => {
    const long = `${'x'.repeat(3 * 1024 * 1024)}\n`;
    const { lines, more } = await readLogLines(pieces(long, long, long), { ...all, isTail });
    expect(lines.map(({ number }) => number)).toEqual([isTail ? 3 : 1]);
    expect(more).toBe(!isTail);
    const longest = await readLogLines(pieces(`${'x'.repeat(9 * 1024 * 1024)}\n`), { ...all, isTail });
    expect(longest.lines).toHaveLength(1);
  });

  it('agrees with a plain filter of all lines, page by page', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'B', 'é', 'İ', ' ', '\r'), maxLength: 4 });
    const piece = fc
      .array(line, { minLength: 1, maxLength: 5 })
      .map((lines) => lines.map((each) => `${each}\n`).join(''));
    const search = fc.option(fc.constantFrom('a', 'b', 'É', 'a b', 'z'), { nil: undefined });
    const numbers = { from: fc.integer({ min: 1, max: 30 }), count: fc.integer({ min: 1, max: 9 }) };
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.record({ ...numbers, search }), async (texts, given) => {
        const matcher = given.search === undefined ? undefined : textMatcher(given.search);
        const query = { ...given, matcher };
        const lines = texts.join('').split('\n').slice(0, -1);
        const expected = lines
          .map((text, index) => ({ number: index + 1, text, time: null }))
          .filter(({ number }) => number >= query.from)
          .filter(({ text }) => text.toLowerCase().includes(query.search?.toLowerCase() ?? ''));
        const last = await readLogLines(pieces(...texts), { ...query, isTail: true });
        expect(last.lines).toEqual(expected.slice(-query.count));
        const seen: unknown[] = [];
        for (let from = query.from; ; ) {
          const page = await readLogLines(pieces(...texts), { ...query, from, isTail: false });
          seen.push(...page.lines);
          expect(page.lines.length).toBeLessThanOrEqual(query.count);
          if (!page.more) break;
          expect(page.next).toBeGreaterThan(from);
          from = page.next;
        }
        expect(seen).toEqual(expected);
      }),
    );
  });

  it('returns when lines were printed, and does not look it up for others', async () => {
    const at = Date.UTC(2026, 2, 4, 5, 6, 7, 890);
    async function* timed(): AsyncGenerator<LogPiece> {
      yield { text: 'a\nb\n', times: () => expect.unreachable() };
      yield { text: 'c\nd\n', times: () => [at, at + 1] };
    }
    const { lines } = await readLogLines(timed(), { ...all, from: 4 });
    expect(lines).toEqual([{ number: 4, text: 'd', time: '2026-03-04T05:06:07.891Z' }]);
    expect(withTimes({ text: 'c\n\n', times: () => [at, at] })).toMatch(/^2026-03-04T05:06:07.890Z c\n2026\S+ \n$/);
    expect(withTimes({ text: 'c\n', times: () => undefined })).toBe('- c\n');
  });

  it('ends a search whose time is up at a line, from which the next one continues', async () => {
    let tested = 0;
    const slow: LineMatcher = {
      matches: () => {
        tested += 1;
        for (const end = performance.now() + 6; performance.now() < end; );
        return tested % 2 === 0;
      },
      budget: 15,
    };
    const text = 'x\n'.repeat(12);
    const numbers: number[] = [];
    let rounds = 0;
    for (let from = 1; ; rounds += 1) {
      const page = await findLines(pieces(text), { from, count: 100, matcher: slow });
      numbers.push(...page.numbers);
      if (!page.more) break;
      expect(page.next).toBeGreaterThan(from);
      from = page.next;
    }
    expect(rounds).toBeGreaterThan(1);
    expect(numbers).toEqual([2, 4, 6, 8, 10, 12]);
  });
});

it('cuts lines at a width, between characters, and bounds an answer by what is left', async () => {
  const lines = [`${'x'.repeat(79)}🐳end`, 'short', 'y'.repeat(3 * 1024 * 1024)];
  const text = `${lines.join('\n')}\n`;
  const { lines: found } = await readLogLines(pieces(text, text), { ...all, width: 80 });
  expect(found).toHaveLength(6);
  expect(found.slice(0, 3)).toEqual([
    { number: 1, text: 'x'.repeat(79), time: null, cut: 5 },
    { number: 2, text: 'short', time: null },
    { number: 3, text: 'y'.repeat(80), time: null, cut: 3 * 1024 * 1024 - 80 },
  ]);
});

describe('find', () => {
  const character = fc.constantFrom(
    'e',
    'R',
    'r',
    'o',
    'İ',
    'Σ',
    'ß',
    ' ',
    '\r',
    '\u001b[1m',
    '\u001b]0;',
    '\u001bP',
    '\u0007',
  );
  const line = fc.array(character, { maxLength: 7 }).map((parts) => parts.join(''));
  const wanted = fc.constantFrom('r', 'ER', 'σ', 'ss', 'i̇', 'error', ' ', 'e r', 'r\r', 'r\n');
  const lines = fc.array(fc.oneof(line, fc.constantFrom('an error', 'Errors', 'not found', 'FAILED')), {
    maxLength: 9,
  });

  it('finds in all lines at once what a test of each one finds', () => {
    fc.assert(
      fc.property(lines, fc.option(wanted, { nil: undefined }), (texts, text) => {
        const matcher = text === undefined ? errorMatcher : textMatcher(text);
        const expected = [...texts.keys()].filter((at) => matcher.matches(printedText(texts[at] ?? '')));
        const found = matcher.find?.(withoutSequences(texts.map((each) => `${each}\n`).join('')));
        expect(found ?? expected).toEqual(expected);
        expect(found === undefined).toBe(/[\r\n]/.test(text ?? ''));
      }),
    );
  });

  it('takes time in proportion to the piece', () => {
    const piece = `${'not '.repeat(200_000)}\n${'\u001b]0;'.repeat(200_000)}\n`;
    expect(errorMatcher.find?.(withoutSequences(piece))).toEqual([]);
    expect(textMatcher('zz').find?.(withoutSequences(piece))).toEqual([]);
  });
});

describe('patternMatcher', () => {
  it('agrees with the engine of JavaScript', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '(a|b)', '(?:ab)');
    const repeated = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{1,2}')).map((parts) => parts.join(''));
    const pattern = fc.array(repeated, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
    const line = fc.string({ unit: fc.constantFrom('a', 'b', '1', 'B', 'é'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, line, (source, searched) => {
        expect(patternMatcher(source).matches(searched)).toBe(new RegExp(source, 'i').test(searched));
      }),
    );
  });

  it.each(['(', '[z-a]', '(?=a)', '\\1', 'a{2000}', '(a{30}){30}', '[ab]{300}'])('refuses %s by name', (pattern) => {
    expect(() => patternMatcher(pattern)).toThrow(expect.objectContaining({ code: 'RequestInvalid' }));
  });

  it('takes linear time for what takes others exponential time, also in a long line', () => {
    const started = performance.now();
    expect(patternMatcher('(a+)+$').matches(`${'a'.repeat(testedCharacters * 60)}b`)).toBe(true);
    expect(patternMatcher('(a*)*b').matches('a'.repeat(5_000))).toBe(false);
    // Others need more than the age of the universe.
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('tests less of a long line the more complex the expression is: one blocked all else for more than a second', () => {
    const found = (pattern: string, before: number) =>
      patternMatcher(pattern).matches(`${'b'.repeat(before)}aaaaaaaac`);
    expect(found('a{4}c', 16_000)).toBe(true);
    expect(found('(?:[ab]{1,29}a){3}ac', 900)).toBe(true);
    expect(found('(?:[ab]{1,29}a){3}ac', 2_000)).toBe(false);
  });
});
