/**
 * How many builds a test drives at once: `normally`, or `TWINHULL_SOAK_BUILDS` with the seed `TWINHULL_SOAK_SEED` if
 * these are set (`npm run soak`).
 */
export function soakBuilds(normally: number): { readonly builds: number; readonly seed: number } {
  const { TWINHULL_SOAK_BUILDS: builds, TWINHULL_SOAK_SEED: seed } = process.env;
  return { builds: Number(builds || normally), seed: Number(seed || Date.now() % 2 ** 31) };
}
