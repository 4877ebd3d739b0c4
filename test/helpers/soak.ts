/**
 * How often a property is tried: `normally` times, or `TWINHULL_SOAK_RUNS` times, with the seed `TWINHULL_SOAK_SEED` if
 * that is set (`npm run soak`). fast-check prints the seed of a failure.
 */
export function soakRuns(normally: number): { readonly numRuns: number; readonly seed?: number } {
  const { TWINHULL_SOAK_RUNS: runs, TWINHULL_SOAK_SEED: seed } = process.env;
  return { numRuns: Number(runs || normally), ...(seed && { seed: Number(seed) }) };
}

/** For tests that run through many histories: enough even on a machine that is busy with others. In milliseconds. */
export const patientTimeout = Math.max(600_000, Number(process.env['TWINHULL_SOAK_RUNS'] || 0) * 2_000);
