import { expect, it } from 'vitest';
import { LogTails, lastLines } from './log-tail.ts';

it('returns the last lines without empty ones', () => {
  expect(lastLines('one\n\ntwo\n  \nthree\n', 2)).toEqual(['two', 'three']);
  expect(lastLines('one\n', 5)).toEqual(['one']);
  expect(lastLines('\n', 5)).toEqual([]);
});

it('truncates a very long line', () => {
  expect(lastLines(`${'x'.repeat(5_000)}\n`, 1)[0]).toHaveLength(2_000);
});

it('keeps a tail per platform, and starts again with each attempt', () => {
  const tails = new LogTails();
  tails.add({ kind: 'log', platform: 'linux/arm64', attempt: 1, text: 'a\n' });
  tails.add({ kind: 'log', platform: 'linux/amd64', attempt: 1, text: 'b\n' });
  tails.add({ kind: 'log', platform: 'linux/arm64', attempt: 2, text: 'c\n' });
  expect([tails.of('linux/arm64'), tails.of('linux/amd64')]).toEqual([['c'], ['b']]);
});

it('keeps a bounded number of lines of a log of any length', () => {
  const tails = new LogTails();
  for (let i = 0; i < 2_000; i += 1)
    tails.add({ kind: 'log', platform: 'linux/arm64', attempt: 1, text: `line ${i}\n`.repeat(10) });
  expect(tails.of('linux/arm64')).toHaveLength(60);
  expect(tails.of('linux/arm64').at(-1)).toBe('line 1999');
});
