import type { Clock } from '../ports/clock.ts';

/** A bell: whoever sleeps by it wakes when it rings, or next time at once when it rang meanwhile. */
export class Wakeup {
  #rang = false;
  #sleeper: AbortController | undefined;

  ring(): void {
    this.#rang = true;
    this.#sleeper?.abort();
  }

  /** Sleeps until it rings, `milliseconds` pass, or `signal` aborts. */
  async sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#rang) {
      this.#sleeper = new AbortController();
      await clock.sleep(milliseconds, AbortSignal.any([signal, this.#sleeper.signal]));
      this.#sleeper = undefined;
    }
    this.#rang = false;
  }
}
