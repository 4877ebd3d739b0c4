import type { Clock } from '../../src/ports/clock.ts';

/**
 * Accepts `perSecond` calls a second, and rejects the rest: a token bucket of that size with a steady refill, the
 * throttling that AWS documents (https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html).
 */
export class Meter {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
    this.#at = clock.now();
  }

  take(): boolean {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#perSecond, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
