import type { Clock } from '../../ports/clock.ts';

/** Interrupts a sleep. A signal outside a sleep ends the next sleep at once. */
export class WakeSignal {
  #isSet = false;
  #sleeper: AbortController | undefined;

  wake(): void {
    this.#isSet = true;
    this.#sleeper?.abort();
  }

  /** Sleeps until `wake` is called, `milliseconds` pass, or `signal` aborts. */
  async sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#isSet) {
      this.#sleeper = new AbortController();
      await clock.sleep(milliseconds, AbortSignal.any([signal, this.#sleeper.signal]));
      this.#sleeper = undefined;
    }
    this.#isSet = false;
  }
}
