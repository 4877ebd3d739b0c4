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
  return { mean: sum / values.length, median: atShare(values, 0.5), p90: atShare(values, 0.9) };
}

/** The value that this share of the ascending values does not exceed. */
function atShare(ascending: Float64Array, share: number): number {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? 0;
}
