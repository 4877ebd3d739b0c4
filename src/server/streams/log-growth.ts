import type { LogId } from '../../ports/build-store.ts';
import type { FeedParts } from './event-feed.ts';
import { intervals } from './intervals.ts';
import { retryUntilAvailable } from './retry-until-available.ts';

interface Waiting {
  readonly log: LogId;
  /** In bytes. */
  readonly length: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** How many logs are checked in one query; databases limit its parameters. */
const mostLogs = 1_000;

/** Polls the lengths of all followed logs of the process with one query, however many there are. */
export class LogGrowth {
  readonly #parts: FeedParts;
  readonly #waiting = new Set<Waiting>();
  readonly #stopping: AbortSignal;
  #isPolling = false;

  /** Polls until `stopping` aborts. */
  constructor(parts: FeedParts, stopping: AbortSignal) {
    this.#parts = parts;
    this.#stopping = stopping;
  }

  /**
   * Resolves when more than `length` bytes of a log are stored, or when `signal` aborts.
   * @throws what the store throws other than `StoreUnavailable`
   */
  beyond(log: LogId, length: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return resolve();
      const leave = (): void => {
        this.#waiting.delete(waiting);
        signal.removeEventListener('abort', waiting.resolve);
      };
      const waiting: Waiting = {
        log,
        length,
        resolve: () => {
          leave();
          resolve();
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', waiting.resolve, { once: true });
      if (!this.#isPolling) void this.#poll();
    });
  }

  async #poll(): Promise<void> {
    const { clock } = this.#parts;
    this.#isPolling = true;
    while (this.#waiting.size > 0 && !this.#stopping.aborted) {
      await clock.sleep(intervals.poll, this.#stopping);
      const all = [...this.#waiting];
      for (let from = 0; from < all.length; from += mostLogs) await this.#check(all.slice(from, from + mostLogs));
    }
    this.#isPolling = false;
  }

  async #check(waiting: readonly Waiting[]): Promise<void> {
    const { store, clock } = this.#parts;
    try {
      const lengths = await retryUntilAvailable(
        () => store.logLengths(waiting.map(({ log }) => log)),
        clock,
        this.#stopping,
      );
      for (const [index, { length, resolve }] of waiting.entries()) if ((lengths[index] ?? 0) > length) resolve();
    } catch (error) {
      for (const { reject } of waiting) reject(error as Error);
    }
  }
}
