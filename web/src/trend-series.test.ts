import { expect, it } from 'vitest';
import { measuredStages } from '../../src/domain/job-measures.ts';
import type { Trend } from './api.ts';
import { cacheRate, daysBetween, stages, successRate, valuesByDay } from './trend-series.ts';

const trend: Trend = {
  day: '2026-02-28',
  platform: 'linux/arm64',
  stage: 'build',
  succeeded: 3,
  failed: 1,
  stopped: 5,
  p50Seconds: 60,
  p95Seconds: null,
  cachedSteps: 3,
  steps: 12,
};

it('offers every stage that is measured', () => {
  expect([...stages].sort()).toEqual([...measuredStages].sort());
});

it('has every day from the first to the last', () => {
  expect(daysBetween('2026-02-27', '2026-03-02')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02']);
  expect(daysBetween('2026-03-02', '2026-03-02')).toEqual(['2026-03-02']);
});

it('finds the values of one stage and platform, with gaps', () => {
  const trends: readonly Trend[] = [
    trend,
    { ...trend, day: '2026-03-01', stage: 'push' },
    { ...trend, day: '2026-03-01', platform: 'linux/amd64' },
    { ...trend, day: '2026-03-02', p50Seconds: null },
    { ...trend, day: '2026-03-03', p50Seconds: 90 },
  ];
  const days = daysBetween('2026-02-27', '2026-03-03');
  const values = valuesByDay(trends, days, {
    stage: 'build',
    platform: 'linux/arm64',
    value: ({ p50Seconds }) => p50Seconds ?? undefined,
  });
  expect(values).toEqual([undefined, 60, undefined, undefined, 90]);
});

it('counts neither stopped attempts nor days without attempts', () => {
  expect(successRate(trend)).toBe(75);
  expect(successRate({ succeeded: 0, failed: 2 })).toBe(0);
  expect(successRate({ succeeded: 0, failed: 0 })).toBeUndefined();
});

it('shows cached steps only where builders reported steps', () => {
  expect(cacheRate(trend)).toBe(25);
  expect(cacheRate({ cachedSteps: 0, steps: 0 })).toBeUndefined();
  expect(cacheRate({ cachedSteps: null, steps: null })).toBeUndefined();
});
