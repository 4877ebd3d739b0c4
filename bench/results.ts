import { readFileSync, writeFileSync } from 'node:fs';
import type { Machine } from './machine.ts';

/** What was measured, as docs/benchmarks.json keeps it: numbers only, everything else is worked out from them. */
export interface Result {
  /** Name of the measure, as `npm run bench -- NAME` takes it. */
  readonly name: string;
  readonly title: string;
  /** What was done, in a sentence or two. */
  readonly method: string;
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly comparisons: readonly Comparison[];
}

/** What a measure hands back; main.ts adds when and where. */
export type Measured = Pick<Result, 'comparisons'>;

export interface Comparison {
  readonly what: string;
  readonly unit: Unit;
  readonly ours: Series;
  readonly baseline: Series;
  /** Absent where the numbers are only for information. */
  readonly target?: Target;
}

export type Unit = 'seconds' | 'bytes' | 'calls' | 'lines per second' | 'jobs per second';

export interface Series {
  readonly label: string;
  /** In the order in which they were taken. */
  readonly samples: readonly number[];
}

/** Of the medians, ours to the baseline's. Met when any of the conditions is. */
export interface Target {
  readonly atMostTimes?: number;
  readonly atLeastTimes?: number;
  /** In the unit of the comparison. */
  readonly orAtMostMore?: number;
}

const file = new URL('../docs/benchmarks.json', import.meta.url);

export function loadResults(): readonly Result[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Result[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export function saveResults(results: readonly Result[]): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

/** The results with `latest` in the place of its elders, in the order of `names`. */
export function withResult(results: readonly Result[], latest: Result, names: readonly string[]): readonly Result[] {
  const all = [...results.filter(({ name }) => name !== latest.name), latest];
  return names.flatMap((name) => all.filter((result) => result.name === name));
}
