import type { FastifyReply } from 'fastify';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';

const window = 60_000;

/** Counts requests by sender in windows of one minute. Each replica counts separately. */
export class RateLimiter {
  readonly #perMinute: number;
  readonly #clock: Clock;
  #since = Number.NEGATIVE_INFINITY;
  readonly #counts = new Map<string, number>();

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** Counts one request; when there were too many, the reply carries Retry-After. @throws TooManyRequests */
  take(sender: string, reply: FastifyReply): void {
    const seconds = this.#count(sender);
    if (seconds === undefined) return;
    reply.header('retry-after', String(seconds));
    throw new TwinhullError(
      'TooManyRequests',
      `more than ${String(this.#perMinute)} requests were sent within a minute`,
    );
  }

  /** @returns the seconds to wait when there were too many requests */
  #count(sender: string): number | undefined {
    const now = this.#clock.now();
    if (now - this.#since >= window) {
      this.#since = now;
      this.#counts.clear();
    }
    const count = (this.#counts.get(sender) ?? 0) + 1;
    this.#counts.set(sender, count);
    return count > this.#perMinute ? Math.max(1, Math.ceil((this.#since + window - now) / 1000)) : undefined;
  }
}
