/** The part of a clock that retries need. */
export interface RetryClock {
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The pauses between tries of one operation, before jitter. */
export interface Pauses {
  /** Milliseconds before the second try, doubled for each further one. */
  readonly first: number;
  readonly longest: number;
}

/** When an operation is tried again, and when it is given up. */
export interface RetryOptions<T> {
  readonly clock: RetryClock;
  /** From 0 to 1, so that many clients do not retry at the same moment. @default Math.random */
  readonly random?: (() => number) | undefined;
  readonly pauses: Pauses;
  readonly mostTries: number;
  /** Milliseconds after which no further try begins. @default no limit */
  readonly budget?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether an outcome may be transient. */
  readonly isPassing: (outcome: Outcome<T>) => boolean;
  /** Minimum pause that the other side asks for, in milliseconds. */
  readonly askedPause?: ((outcome: Outcome<T>, now: number) => number | undefined) | undefined;
}

/** How one try ended: errors are values, so that a rule can inspect both. */
export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** Milliseconds before the try that follows the `tries`th: between half of the pause and all of it. */
export function backoff(tries: number, { first, longest }: Pauses, random: () => number = Math.random): number {
  return Math.min(longest, first * 2 ** (tries - 1)) * (0.5 + random() / 2);
}

/**
 * Retries while the outcome may be transient. Only for requests that may be repeated: reads, and writes by content.
 * Returns or throws the last outcome, successful or not.
 */
export async function withRetries<T>(ask: () => Promise<T>, options: RetryOptions<T>): Promise<T> {
  const { clock, random, pauses, mostTries, budget = Number.POSITIVE_INFINITY, signal } = options;
  const deadline = clock.now() + budget;
  for (let tries = 1; ; tries++) {
    const outcome = await settle(ask);
    if (tries >= mostTries || signal?.aborted === true || !options.isPassing(outcome)) return unwrap(outcome);
    const pause = Math.max(backoff(tries, pauses, random), options.askedPause?.(outcome, clock.now()) ?? 0);
    if (clock.now() + pause > deadline) return unwrap(outcome);
    await clock.sleep(pause, signal);
  }
}

/** Milliseconds to wait according to `Retry-After`: a number of seconds or a date (RFC 9110, 10.2.3). */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

async function settle<T>(ask: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    return { error };
  }
}

function unwrap<T>(outcome: Outcome<T>): T {
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}
