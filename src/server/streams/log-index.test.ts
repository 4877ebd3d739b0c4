import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type LogId, longestLogRead, type StoredLogChunk } from '../../ports/build-store.ts';
import { LogIndex, LogIndexes } from './log-index.ts';
import { linesOfPieces, readLogLines, storedLines } from './log-lines.ts';

const nonce = '0123456789abcdef0123456789abcdef';
const hello = `##twinhull ${nonce} 1.00 hello 2 1767225600 key\n`;
const mark = (uptime: string, words: string) => `##twinhull ${nonce} ${uptime} ${words}\n`;
const log: LogId = { buildId: 'b', platform: 'linux/arm64', attempt: 1 };

/** The stored log of one attempt, as a store would return it. */
function storeOf(...texts: readonly string[]) {
  let chunks: StoredLogChunk[] = [];
  const end = () => chunks.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const add = (text: string): void => void chunks.push({ offset: end(), text });
  texts.forEach(add);
  const read: number[] = [];
  const store = {
    logPosition: async () => ({ offset: end(), cursor: undefined }),
    readLog: async (_log: LogId, offset: number, limit: number) => {
      read.push(offset);
      const wanted = chunks.filter((each) => each.offset >= offset && each.offset < offset + longestLogRead);
      return wanted.slice(0, limit);
    },
  };
  return { store: store as never, add, read, remove: () => (chunks = []) };
}

it('counts lines without marks, and knows which phase printed which', async () => {
  const { store, add } = storeOf(
    `${hello}zero\n`,
    mark('1.50', 'begin tools -'),
    mark('2.25', 'end tools - 0'),
    `${mark('2.25', 'begin build app')}one\ntwo`,
    `${mark('4.75', 'end build app 1')}between\n##twinhull ffff 5.00 begin push -\n`,
    mark('5.00', 'begin cleanup -'),
  );
  const index = new LogIndex(store, log);
  const app = { phase: 'build', image: 'app', from: 2, lines: 2, seconds: 2.5, exitCode: 1 };
  const cleanup = { phase: 'cleanup', image: undefined, from: 6, lines: 0, seconds: undefined, exitCode: undefined };
  const first = await index.outline(false);
  expect(first).toMatchObject({ lines: 5, firstTime: undefined });
  expect(first.phases).toEqual([
    { phase: 'tools', image: undefined, from: 2, lines: 0, seconds: 0.75, exitCode: 0 },
    app,
    cleanup,
  ]);
  add('three\nfour');
  const grown = await index.outline(false);
  expect([grown.lines, grown.phases.at(-1)?.lines]).toEqual([6, 1]);
  const whole = await index.outline(true);
  expect([whole.lines, whole.phases.at(-1)?.lines, whole.offset]).toEqual([7, 2, grown.offset + 1]);
  // The same again: what was counted at the end is not counted twice.
  expect(await index.outline(true)).toEqual(whole);
});

it('ends the phase of a run that the backend restarted', async () => {
  const second = 'f'.repeat(32);
  const { store } = storeOf(
    `${hello}${mark('1.00', 'begin build app')}one\n${mark('0.00', 'again Host EC2 lost')}`,
    `##twinhull ${second} 0.10 hello 2 1767225700 key\ntwo\n##twinhull ${second} 0.20 begin build app\nthree\n`,
  );
  const { phases } = await new LogIndex(store, log).outline(false);
  expect(phases.map(({ from, lines }) => [from, lines])).toEqual([
    [1, 1],
    [3, 1],
  ]);
});

it('reads any line of a long log near it, whatever the chunks, and what was removed from its start', async () => {
  const lines = Array.from({ length: 30_000 }, (_, n) => `line ${String(n + 1)} é ${'x'.repeat(n % 90)}`);
  const text = hello + lines.map((line, n) => `${line}\n${n % 5000 === 0 ? mark('9.00', 'note hi') : ''}`).join('');
  const cuts = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 20, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.integer({ min: 1, max: 30_100 }), async (sizes, from) => {
      const chunks: string[] = [];
      let at = 0;
      for (const size of sizes) chunks.push(text.slice(at, (at += size)));
      const { store, read, remove, add } = storeOf(...[...chunks, text.slice(at)].filter((each) => each !== ''));
      const index = new LogIndexes(store).of(log);
      expect((await index.outline(true)).lines).toBe(30_000);
      const place = index.placeBefore(from - 1);
      read.length = 0;
      const query = { from, count: 3, first: (place?.lines ?? 0) + 1, isTail: false };
      const found = await readLogLines(storedLines(store, log, true, place), query);
      const expected = lines.slice(from - 1, from + 2);
      expect(found.lines.map((line) => line.text)).toEqual(expected);
      expect(read[0]).toBe(place?.offset ?? 0);
      let copied = '';
      for await (const piece of linesOfPieces(storedLines(store, log, true, place), query)) copied += piece.text;
      expect(copied).toBe(expected.map((line) => `${line}\n`).join(''));
      remove();
      add(`${hello}new\n`);
      expect(await index.outline(false)).toMatchObject({ lines: 1 });
      expect(index.placeBefore(30_000)).toBeUndefined();
    }),
    { numRuns: 25 },
  );
});

it('has a place every 256 KiB, reads a log once for callers at the same time, and only what is new later', async () => {
  const chunk = 'a line of thirty-two characters\n'.repeat(2048);
  const { store, read, add } = storeOf(hello, ...Array<string>(80).fill(chunk));
  const indexes = new LogIndexes(store);
  const [one, two] = await Promise.all([indexes.of(log).outline(false), indexes.of({ ...log }).outline(false)]);
  expect(one).toEqual(two);
  expect(one.lines).toBe(80 * 2048);
  const reads = read.length;
  expect(reads).toBeLessThan(10);
  expect(one.offset - (indexes.of(log).placeBefore(one.lines)?.offset ?? 0)).toBeLessThan(2 * 256 * 1024);
  await indexes.of(log).outline(false);
  expect(read).toHaveLength(reads);
  add('more\n');
  expect(await indexes.of(log).outline(false)).toMatchObject({ lines: one.lines + 1 });
  expect(read.slice(reads)).toEqual([one.offset]);
});

it('does not miss what was stored while another caller read', async () => {
  const { store, add } = storeOf(`${hello}one\n`);
  const { readLog, logPosition } = store as {
    readLog: (...words: unknown[]) => Promise<unknown>;
    logPosition: unknown;
  };
  let second: Promise<unknown> | undefined;
  const racing = {
    logPosition,
    readLog: async (...words: unknown[]) => {
      const found = await readLog(...words);
      if (second === undefined) {
        add('two\n');
        second = index.outline(true);
      }
      return found;
    },
  };
  const index = new LogIndex(racing as never, log);
  expect(await index.outline(false)).toMatchObject({ lines: 1 });
  expect(await second).toMatchObject({ lines: 2 });
});
