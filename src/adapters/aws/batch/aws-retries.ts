import type pLimit from 'p-limit';
import { backoff, withRetries } from '../../../domain/retry.ts';
import type { Clock } from '../../../ports/clock.ts';
import { failureKind } from '../sdk/aws-errors.ts';
import { isAccess } from '../sdk/error-words.ts';
import { troubleOf } from './batch-errors.ts';

/** The clock and randomness of retries. */
export interface RetryContext {
  readonly clock: Clock;
  /** From 0 to 1: jitter, so that many callers do not retry at the same moment. @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** Bounds how many calls are in flight at once; the others wait, first come first served. */
export type CallLimit = ReturnType<typeof pLimit>;

/** Milliseconds. */
const pauses = { first: 200, longest: 5_000 };

/** Retries a repeatable call to AWS until AWS answers or refuses it. */
export function withAwsRetries<T>(ask: () => Promise<T>, context: RetryContext, signal?: AbortSignal): Promise<T> {
  const isPassing = (outcome: object) => 'error' in outcome && !isHopeless(outcome.error);
  return withRetries(ask, { ...context, pauses, mostTries: 6, signal, isPassing });
}

/** Credentials do not change between two tries. */
function isHopeless(error: unknown): boolean {
  return troubleOf(error) === 'refused' || isAccess(failureKind(error));
}

/** The wait before the retry that follows try number `tries`, in milliseconds. */
export function pauseBefore(tries: number, { random }: Pick<RetryContext, 'random'> = {}): number {
  return backoff(tries, pauses, random);
}
