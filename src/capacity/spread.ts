import { quantileOf } from '../domain/quantile.ts';

/** Of many values, in their unit. */
export interface Spread {
  readonly mean: number;
  readonly median: number;
  /** Nine of ten values are at most this. */
  readonly p90: number;
}

/** @param values at least one; sorted in place */
export function spreadOf(values: Float64Array): Spread {
  values.sort();
  const sum = values.reduce((total, value) => total + value, 0);
  return { mean: sum / values.length, median: quantileOf(values, 0.5) ?? 0, p90: quantileOf(values, 0.9) ?? 0 };
}
