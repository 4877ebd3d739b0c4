import type { Clock } from '../../ports/clock.ts';
import { failureKind } from '../aws/aws-failure.ts';
import { isAccess } from '../aws/failure-words.ts';
import { troubleOf } from './batch-errors.ts';

export interface Patience {
  readonly clock: Clock;
  /** From 0 to 1, so that many callers do not come back at one moment. @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** Milliseconds. */
const firstPause = 200;
const longestPause = 5_000;
const mostTries = 6;

/**
 * Asks until an answer comes, a few times, with growing pauses. Only for calls that may be repeated. What AWS refuses is
 * not asked again; the last error is the outcome.
 */
export async function askAgain<T>(ask: () => Promise<T>, patience: Patience, signal?: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === mostTries || signal?.aborted === true || isHopeless(error)) throw error;
      await patience.clock.sleep(pauseBefore(tries, patience), signal);
    }
  }
}

/** Nobody logs in between two tries. */
function isHopeless(error: unknown): boolean {
  return troubleOf(error) === 'refused' || isAccess(failureKind(error));
}

/** How long to wait before the try that follows the `tries`th, in milliseconds. */
export function pauseBefore(tries: number, { random = Math.random }: Pick<Patience, 'random'> = {}): number {
  return Math.min(longestPause, firstPause * 2 ** (tries - 1)) * (0.5 + random() / 2);
}
