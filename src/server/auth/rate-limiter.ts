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

  /** Counts one request. @returns after how many seconds to come again, where there were too many */
  take(sender: string): number | undefined {
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
