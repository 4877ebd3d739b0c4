import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type Outcome, parseRetryAfter, withRetries } from '../../domain/retry.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HttpAnswer } from './http-exchange.ts';
import { isPermanent } from './network-errors.ts';

/** The clock and randomness of retries; `random` is from 0 to 1. */
export interface HttpRetryOptions {
  readonly clock: Clock;
  readonly random: () => number;
}

/** Milliseconds. */
const pauses = { first: 250, longest: 8_000 };
const budget = 30_000;
const passingStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Retries an HTTP request that fails transiently, and respects the server's `Retry-After`. */
export function withHttpRetries(
  ask: () => Promise<HttpAnswer>,
  { clock, random }: HttpRetryOptions,
): Promise<HttpAnswer> {
  return withRetries(ask, { clock, random, pauses, mostTries: 5, budget, isPassing, askedPause });
}

function isPassing(outcome: Outcome<HttpAnswer>): boolean {
  if ('value' in outcome) return passingStatuses.has(outcome.value.status);
  return TwinhullError.is(outcome.error, 'RegistryUnreachable') && !isPermanent(outcome.error.cause);
}

function askedPause(outcome: Outcome<HttpAnswer>, now: number): number | undefined {
  return 'value' in outcome ? parseRetryAfter(outcome.value.header('retry-after'), now) : undefined;
}
