import type { FastifyReply } from 'fastify';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';

const window = 60_000;

/** Counts requests by sender, a minute at a time. Each replica counts for itself. */
export class RateLimiter {
  readonly #perMinute: number;
  readonly #clock: Clock;
  #since = Number.NEGATIVE_INFINITY;
  readonly #counts = new Map<string, number>();

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** Counts one request; where there were too many, the reply says when to come again. @throws TooManyRequests */
  take(sender: string, reply: FastifyReply): void {
    const seconds = this.#count(sender);
    if (seconds === undefined) return;
    reply.header('retry-after', String(seconds));
    throw new TwinhullError('TooManyRequests', `more than ${String(this.#perMinute)} requests came in a minute`);
  }

  /** @returns after how many seconds to come again, where there were too many */
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
