import type { Clock } from '../../src/ports/clock.ts';

/**
 * Takes `perSecond` calls a second, and turns the others away: a bucket of as many tokens, which fills evenly, as AWS
 * throttles where it tells how (https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html).
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
