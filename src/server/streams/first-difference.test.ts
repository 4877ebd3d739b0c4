import { expect, it } from 'vitest';
import { type ComparedLog, comparedLines, firstDifference } from './first-difference.ts';

function log(text: string, own: readonly string[] = []): ComparedLog {
  return {
    pieces: async function* () {
      yield { text, times: () => undefined };
    },
    own,
  };
}

it('finds the first line that differs in meaning, and what was there before', async () => {
  const before = log('#1 0.1 start\n#2 0.2 numpy-1.26\n\n#2 0.9 tests passed\n');
  const found = await firstDifference(log('#1 7.1 start\n#3 8.2 numpy-1.26\nerror: no\n'), before);
  expect(found?.line).toMatchObject({ number: 3, text: 'error: no' });
  expect(found?.instead).toMatchObject({ number: 4, text: '#2 0.9 tests passed' });
});

it('takes lines in another order for the same, and words of the run itself', async () => {
  const before = log('a of 0mh2\nb\nc main\n', ['0mh2', 'main']);
  expect(await firstDifference(log('b\nc topic\n\na of 1zz9\n', ['1zz9', 'topic']), before)).toBeUndefined();
  expect(await firstDifference(log(''), before)).toBeUndefined();
});

it('finds the place of a line that is repeated', async () => {
  const same = 'compile\nlink\n'.repeat(3);
  const found = await firstDifference(log(`${same}compile\nfail\n`), log(`${same}compile\n\ntest\n`));
  expect(found).toMatchObject({ line: { number: 8, text: 'fail' }, instead: { number: 9, text: 'test' } });
  const short = await firstDifference(log(`${same}fail\n`), log('compile\nlink\ndone\n'));
  expect(short).toMatchObject({ line: { number: 7 }, instead: { number: 3, text: 'done' } });
});

it('has nothing instead where the other log ends', async () => {
  expect(await firstDifference(log('a\nb\n'), log('a\n'))).toEqual({
    line: { number: 2, text: 'b', time: null },
    instead: undefined,
  });
});

it('compares the beginning of a long log', async () => {
  const same = 'x\n'.repeat(comparedLines);
  expect(await firstDifference(log(`${same}y\n`), log('x\n'))).toBeUndefined();
  expect(await firstDifference(log(`${same.slice(2)}y\n`), log('x\n'))).toMatchObject({ line: { text: 'y' } });
});
