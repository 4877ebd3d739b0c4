/** Operations of the two APIs. */
export type Operation =
  | 'SubmitJob'
  | 'DescribeJobs'
  | 'ListJobs'
  | 'TerminateJob'
  | 'DescribeJobQueues'
  | 'DescribeJobDefinitions'
  | 'GetLogEvents';

/**
 * How a call fails:
 * - `lost-before`: the connection breaks, nothing was done
 * - `lost-after`: it was done, then the connection breaks
 * - `error-before`: 500 and nothing was done
 * - `error-after`: it was done, then 500
 * - `throttled`: 429, nothing was done
 * - `silence`: it was done, and no response ever comes
 */
export type Fault = 'lost-before' | 'lost-after' | 'error-before' | 'error-after' | 'throttled' | 'silence';

export type Faults = (operation: Operation) => Fault | undefined;

export const isDone = (fault: Fault | undefined): boolean =>
  fault === undefined || fault === 'lost-after' || fault === 'error-after' || fault === 'silence';

/**
 * Fails this share of all calls, each in a randomly chosen way; the same seed fails the same calls.
 * @param share from 0 to 1
 */
export function randomFaults(share: number, seed: number, kinds: readonly Fault[]): Faults {
  const random = seededRandom(seed);
  return () => (random() < share ? kinds[Math.floor(random() * kinds.length)] : undefined);
}

/** Numbers from 0 to 1, determined by the seed: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
