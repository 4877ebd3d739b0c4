import type { Target, Unit } from './results.ts';

/** A measured value with its unit, to three significant digits. */
export function quantity(value: number, unit: Unit): string {
  switch (unit) {
    case 'seconds':
      return Math.abs(value) < 1 ? `${rounded(value * 1000)} ms` : `${rounded(value)} s`;
    case 'bytes':
      return Math.abs(value) < 1e6 ? `${rounded(value / 1e3)} kB` : `${rounded(value / 1e6)} MB`;
    case 'percent':
      return `${rounded(value)} %`;
    case 'calls':
      return `${String(Math.round(value))} calls`;
    case 'jobs per second':
      return `${rounded(value)} jobs/s`;
    case 'statements per second':
      return `${rounded(value)} statements/s`;
    case 'lines per second':
      return `${String(Math.round(value / 1000))},000 lines/s`;
  }
}

export function times(ratio: number): string {
  return `${ratio.toPrecision(3)}×`;
}

export function targetText({ atMost, atMostTimes, atLeastTimes, orAtMostMore }: Target, unit: Unit): string {
  const conditions = [
    atMost === undefined ? [] : `at most ${quantity(atMost, unit)}`,
    atMostTimes === undefined ? [] : `at most ${String(atMostTimes)}×`,
    atLeastTimes === undefined ? [] : `at least ${String(atLeastTimes)}×`,
    orAtMostMore === undefined ? [] : `at most ${quantity(orAtMostMore, unit)} more`,
  ];
  return conditions.flat().join(', or ');
}

function rounded(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
