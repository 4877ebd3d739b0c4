import { expect, test } from 'vitest';
import type { Machine } from './machine.ts';
import { renderPage } from './page.ts';
import { quantity, targetText } from './quantities.ts';
import { type Comparison, type Result, withResult } from './results.ts';
import { judge, median } from './statistics.ts';

const machine: Machine = {
  processor: 'Some CPU',
  cores: 2,
  memoryGiB: 24,
  kernel: 'Linux 6.1',
  engine: 'Docker Engine 20.10',
  node: 'Node 20',
};

test('the median of an even count lies between the middle two', () => {
  expect(median([4, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow(RangeError);
});

test.each([
  [{ atMostTimes: 1.15 }, [2.3], [2], true],
  [{ atMostTimes: 1.15 }, [2.4], [2], false],
  [{ atMostTimes: 1.15, orAtMostMore: 0.7 }, [2.6], [2], true],
  [{ atMostTimes: 1.15, orAtMostMore: 0.7 }, [2.8], [2], false],
  [{ atLeastTimes: 0.5 }, [1], [2], true],
  [{ atLeastTimes: 0.5 }, [0.9], [2], false],
  [{ atMost: 0.1 }, [0.1], [2], true],
  [{ atMost: 0.1 }, [0.11], [2], false],
  [undefined, [9], [2], undefined],
])('target %j of %j against %j: %s', (target, ours, baseline, met) => {
  expect(judge(comparison({ target, ours, baseline })).met).toBe(met);
});

test('the page reports the results, the environment and the missed targets', () => {
  const missed = comparison({ target: { atMostTimes: 1.15 }, ours: [3, 2.9, 3.4], baseline: [2, 1.9, 2.2] });
  const page = renderPage([result('trivial', [missed])]);
  expect(page).toContain('| [A build](#trivial) | 3.00 s | 2.00 s | 1.50× | at most 1.15× | **no** |');
  expect(page).toContain('| ours | 3.00 s | 2.90 s to 3.40 s | 3 |');
  expect(page).toContain('Ratio 1.50×, difference 1.00 s. Target: at most 1.15×: **missed**.');
  expect(page).toContain('2026-01-02 on Some CPU, 2 cores, 24 GiB of memory, Linux 6.1, Docker Engine 20.10, Node 20.');
});

test('a comparison without a target appears only in its own section', () => {
  const page = renderPage([result('fetch', [comparison({ target: undefined, ours: [1], baseline: [2] })])]);
  expect(page).not.toContain('(#fetch)');
  expect(page).toContain('Ratio 0.500×, difference -1.00 s.');
});

test('a repeated measurement replaces only its own result', () => {
  const [a, b, newer] = [result('a', []), result('b', []), { ...result('a', []), title: 'newer' }];
  expect(withResult([b, a], newer, ['a', 'b', 'c'])).toEqual([newer, b]);
});

test('quantities have few digits', () => {
  expect(quantity(0.0412, 'seconds')).toBe('41.2 ms');
  expect(quantity(65.432, 'seconds')).toBe('65.4 s');
  expect(quantity(5_123_456, 'bytes')).toBe('5.12 MB');
  expect(quantity(123_456, 'lines per second')).toBe('123,000 lines/s');
  expect(targetText({ atMostTimes: 1.03, orAtMostMore: 1 }, 'seconds')).toBe('at most 1.03×, or at most 1.00 s more');
});

function comparison(given: {
  target: Comparison['target'];
  ours: readonly number[];
  baseline: readonly number[];
}): Comparison {
  return {
    what: '',
    unit: 'seconds',
    ours: { label: 'ours', samples: given.ours },
    baseline: { label: 'theirs', samples: given.baseline },
    ...(given.target && { target: given.target }),
  };
}

function result(name: string, comparisons: readonly Comparison[]): Result {
  return {
    name,
    title: 'A build',
    method: 'It was done.',
    measuredAt: '2026-01-02T03:04:05.000Z',
    machine,
    comparisons,
  };
}
