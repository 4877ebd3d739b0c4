import type { Clock } from '../../src/ports/clock.ts';

/**
 * A clock that stops while any code is running, and jumps to the next timer once everything sleeps or waits. Hours pass
 * in milliseconds, and always in the same order.
 *
 * "Everything sleeps" means that no microtask is left: nothing under test may wait for real input or output, unless it
 * holds the clock meanwhile.
 */
export class VirtualClock implements Clock {
  #now: number;
  #serial = 0;
  #scheduled = false;
  #holders = 0;
  readonly #timers = new Map<number, { readonly at: number; readonly wake: () => void }>();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.at(this.#now + milliseconds, done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  /** Calls `wake` once, at the time `at`. @returns a function that cancels it */
  at(at: number, wake: () => void): () => void {
    const serial = this.#serial++;
    this.#timers.set(serial, { at: Math.max(at, this.#now), wake });
    this.#schedule();
    return () => this.#timers.delete(serial);
  }

  /** Stops time while `work` waits for something outside this clock. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#holders += 1;
    try {
      return await work();
    } finally {
      this.#holders -= 1;
      this.#schedule();
    }
  }

  /** Cancels all timers. */
  stop(): void {
    this.#timers.clear();
  }

  after(milliseconds: number, wake: () => void): () => void {
    return this.at(this.#now + milliseconds, wake);
  }

  #schedule(): void {
    if (this.#scheduled || this.#holders > 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#holders > 0) return;
      this.#advance();
      if (this.#timers.size > 0) this.#schedule();
    });
  }

  #advance(): void {
    let next: { serial: number; at: number } | undefined;
    for (const [serial, { at }] of this.#timers) if (next === undefined || at < next.at) next = { serial, at };
    if (next === undefined) return;
    const timer = this.#timers.get(next.serial);
    this.#timers.delete(next.serial);
    this.#now = next.at;
    timer?.wake();
  }
}
