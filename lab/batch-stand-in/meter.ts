import type { Clock } from '../../src/ports/clock.ts';

/** Takes `perSecond` calls in any second, and turns the others away. */
export class Meter {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #taken: number[] = [];

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  take(): boolean {
    const now = this.#clock.now();
    while (this.#taken[0] !== undefined && this.#taken[0] <= now - 1000) this.#taken.shift();
    if (this.#taken.length >= this.#perSecond) return false;
    this.#taken.push(now);
    return true;
  }
}
