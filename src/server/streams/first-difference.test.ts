import { expect, it } from 'vitest';
import { comparedLines, firstDifference, type LogDifference } from './first-difference.ts';
import type { LogPiece } from './scan-lines.ts';

async function* piece(text: string): AsyncGenerator<LogPiece> {
  if (text !== '') yield { text, times: () => undefined };
}

const compare = (log: string, baseline: string, own: readonly string[] = []) =>
  firstDifference({ log: () => piece(log), baseline: () => piece(baseline), own });

/** @returns undefined when both logs mean the same */
async function differenceOf(
  log: string,
  baseline: string,
  own: readonly string[] = [],
): Promise<LogDifference | undefined> {
  const { hasLogs, difference } = await compare(log, baseline, own);
  expect(hasLogs).toBe(true);
  return difference;
}

it('finds the first line that differs in meaning, and what was there before', async () => {
  const before = '#1 0.1 start\n#2 0.2 numpy-1.26\n\n#2 0.9 tests passed\n';
  const found = await differenceOf('#1 7.1 start\n#3 8.2 numpy-1.26\nerror: no\n', before);
  expect(found?.line).toMatchObject({ number: 3, text: 'error: no' });
  expect(found?.instead).toMatchObject({ number: 4, text: '#2 0.9 tests passed' });
});

it('takes lines in another order for the same, and words of the run itself', async () => {
  const found = await differenceOf('b\nc topic\n\na of 1zz9\n', 'a of 0mh2\nb\nc main\n', [
    '0mh2',
    '1zz9',
    'topic',
    'main',
  ]);
  expect(found).toBeUndefined();
});

it('finds no difference in a line of both logs that has a word of one run', async () => {
  expect(await differenceOf('copy /root/.cache\n', 'copy /root/.cache\n', ['root', 'Ada Lovelace'])).toBeUndefined();
});

it.each([
  ['of the baseline', 'hello\n', ''],
  ['of the build', '', 'hello\n'],
  ['of either', '', ''],
])('compares nothing without a log %s', async (_which, log, baseline) => {
  expect(await compare(log, baseline)).toEqual({ hasLogs: false, difference: undefined });
});

it('finds the beginning of the other log where blank lines precede the first difference', async () => {
  expect(await differenceOf('\nX\n', 'A\n\nB\n')).toMatchObject({
    line: { number: 2, text: 'X' },
    instead: { number: 1, text: 'A' },
  });
});

it('finds the place of a line that is repeated', async () => {
  const same = 'compile\nlink\n'.repeat(3);
  const found = await differenceOf(`${same}compile\nfail\n`, `${same}compile\n\ntest\n`);
  expect(found).toMatchObject({ line: { number: 8, text: 'fail' }, instead: { number: 9, text: 'test' } });
  const short = await differenceOf(`${same}fail\n`, 'compile\nlink\ndone\n');
  expect(short).toMatchObject({ line: { number: 7 }, instead: { number: 3, text: 'done' } });
});

it('has nothing instead where the other log ends', async () => {
  expect(await differenceOf('a\nb\n', 'a\n')).toEqual({
    line: { number: 2, text: 'b', time: null },
    instead: undefined,
  });
});

it('compares the beginning of a long log', async () => {
  const same = 'x\n'.repeat(comparedLines);
  expect(await differenceOf(`${same}y\n`, 'x\n')).toBeUndefined();
  expect(await differenceOf(`${same.slice(2)}y\n`, 'x\n')).toMatchObject({ line: { text: 'y' } });
});
