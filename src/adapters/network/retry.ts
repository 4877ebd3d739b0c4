import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Answer } from './http-exchange.ts';
import { isPermanent } from './network-failure.ts';

export interface RetryOptions {
  readonly clock: Clock;
  /** From 0 to 1, so that many clients do not come back at one moment. */
  readonly random: () => number;
}

const mostTries = 5;
/** Milliseconds after which no other try begins. */
const budget = 30_000;
const firstPause = 250;
const longestPause = 8_000;
const passingStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/**
 * Asks until an answer comes that is no passing trouble. Only for requests that may be repeated: reads, and writes
 * by content. The last answer or error is the outcome, whatever it is.
 */
export async function withRetries(ask: () => Promise<Answer>, { clock, random }: RetryOptions): Promise<Answer> {
  const deadline = clock.now() + budget;
  for (let tries = 1; ; tries++) {
    const outcome = await settle(ask);
    const pause = pauseAfter(outcome, tries, clock.now(), random);
    if (pause === undefined || tries === mostTries || clock.now() + pause > deadline) return unwrap(outcome);
    await clock.sleep(pause);
  }
}

/**
 * Milliseconds that `Retry-After` asks to wait: a number of seconds or a date (RFC 9110, 10.2.3).
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

type Outcome = { readonly answer: Answer } | { readonly error: unknown };

async function settle(ask: () => Promise<Answer>): Promise<Outcome> {
  try {
    return { answer: await ask() };
  } catch (error) {
    return { error };
  }
}

function unwrap(outcome: Outcome): Answer {
  if ('error' in outcome) throw outcome.error;
  return outcome.answer;
}

/** How long to wait before the next try; undefined when there is to be none. */
function pauseAfter(outcome: Outcome, tries: number, now: number, random: () => number): number | undefined {
  const growing = Math.min(longestPause, firstPause * 2 ** (tries - 1));
  const pause = growing * (0.5 + random() / 2);
  if ('error' in outcome) return isPassing(outcome.error) ? pause : undefined;
  const { answer } = outcome;
  if (!passingStatuses.has(answer.status)) return undefined;
  return Math.max(pause, parseRetryAfter(answer.header('retry-after'), now) ?? 0);
}

function isPassing(error: unknown): boolean {
  return TwinhullError.is(error, 'RegistryUnreachable') && !isPermanent(error.cause);
}
