import { expect, it } from 'vitest';
import { testSummary } from './test-summary.ts';

const good = { passed: 3, failures: [], skipped: [] };

it('prints the totals alone on a line', () => {
  expect(testSummary({ unit: good, real: { ...good, passed: 4 } })).toEqual({
    text: '\n7 passed, 0 failed\n',
    isGood: true,
  });
});

it('names each skipped test with its reason', () => {
  const skipped = [{ name: 'a.test.ts > b', reason: 'no such engine here' }];
  expect(testSummary({ unit: { ...good, skipped } })).toEqual({
    text: '\nskipped: a.test.ts > b: no such engine here\n3 passed, 0 failed, 1 skipped\n',
    isGood: true,
  });
});

it('names each failure with its suite and message', () => {
  const failures = [{ name: 'a.test.ts > b', message: 'expected 1 to be 2' }];
  expect(testSummary({ unit: good, real: { ...good, failures } })).toEqual({
    text: '\nfailed: real: a.test.ts > b: expected 1 to be 2\n6 passed, 1 failed\n',
    isGood: false,
  });
});

it('counts an unfinished suite as a failure, and a run without tests as unsuccessful', () => {
  expect(testSummary({ unit: good, real: undefined })).toEqual({
    text: '\nfailed: real: did not run to its end\n3 passed, 1 failed\n',
    isGood: false,
  });
  expect(testSummary({ unit: { ...good, passed: 0 } }).isGood).toBe(false);
});
