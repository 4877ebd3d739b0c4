import { readFileSync, writeFileSync } from 'node:fs';
import type { Machine } from './machine.ts';

/** A measurement as docs/benchmarks.json keeps it: raw numbers, from which everything else is calculated. */
export interface Result {
  /** Name of the measure, as in `npm run bench -- NAME`. */
  readonly name: string;
  readonly title: string;
  /** What was measured, in a sentence or two. */
  readonly method: string;
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly comparisons: readonly Comparison[];
}

/** What a measure returns; main.ts adds time and machine. */
export type Measured = Pick<Result, 'comparisons'>;

export interface Comparison {
  readonly what: string;
  readonly unit: Unit;
  readonly ours: Series;
  readonly baseline: Series;
  /** Absent for numbers that are informational only. */
  readonly target?: Target;
}

export type Unit =
  | ('seconds' | 'bytes' | 'percent' | 'calls')
  | ('lines per second' | 'jobs per second' | 'statements per second');

export interface Series {
  readonly label: string;
  /** In the order of measurement. */
  readonly samples: readonly number[];
}

/** Compares the medians, ours to the baseline's. Met when any of the conditions is. */
export interface Target {
  /** Limit for ours alone, in the unit of the comparison. */
  readonly atMost?: number;
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

/** The results with `latest` in place of its predecessor, in the order of `names`. */
export function withResult(results: readonly Result[], latest: Result, names: readonly string[]): readonly Result[] {
  const all = [...results.filter(({ name }) => name !== latest.name), latest];
  return names.flatMap((name) => all.filter((result) => result.name === name));
}
