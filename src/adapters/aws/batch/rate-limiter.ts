import type { Clock } from '../../../ports/clock.ts';

/** The rate that AWS allows, with a margin. */
export interface RateLimiterOptions {
  readonly clock: Clock;
  /** The most calls in any second. */
  readonly perSecond: number;
  /** How many calls may go at once after a pause, or after the program was busy. */
  readonly burst: number;
}

/** The priority of one call. */
export interface TurnOptions {
  /** Goes ahead of waiting calls: it already had a turn, and was throttled. @default false */
  readonly first?: boolean;
  /** Once it aborts, the call goes ahead of waiting calls. */
  readonly urgent?: AbortSignal | undefined;
  /** Gives up the turn. */
  readonly signal?: AbortSignal | undefined;
}

/** What each throttled call subtracts from the rate, and each second adds back, in calls per second. */
const decrease = 1;
const increasePerSecond = 2;

/**
 * Runs calls in turn and within AWS's limit: at most `perSecond` in any second. Others in the account may use up the
 * same limit, so each throttled call lowers the rate, and it recovers with time.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #burst: number;
  readonly #urgent = new Set<() => void>();
  readonly #waiting = new Set<() => void>();
  #rate: number;
  #rateAt = 0;
  #next = Number.NEGATIVE_INFINITY;
  #isRunning = false;
  /** When the calls of the last second were made, oldest first. */
  readonly #gone: number[] = [];

  constructor({ clock, perSecond, burst }: RateLimiterOptions) {
    this.#clock = clock;
    this.#burst = burst;
    this.#most = perSecond;
    this.#rate = perSecond;
  }

  /** Resolves when it is the caller's turn, or at once when `signal` aborts; it never rejects. */
  turn({ first = false, urgent, signal }: TurnOptions = {}): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const go = (): void => {
        this.#waiting.delete(go);
        this.#urgent.delete(go);
        urgent?.removeEventListener('abort', hurry);
        signal?.removeEventListener('abort', go);
        resolve();
      };
      const hurry = (): void => {
        if (this.#waiting.delete(go)) this.#urgent.add(go);
      };
      (first || urgent?.aborted === true ? this.#urgent : this.#waiting).add(go);
      urgent?.addEventListener('abort', hurry);
      signal?.addEventListener('abort', go);
      if (!this.#isRunning) void this.#run();
    });
  }

  /** The current rate in calls per second. */
  get perSecond(): number {
    return this.#currentRate(this.#clock.now());
  }

  /** Records that a call was throttled all the same. */
  throttled(): void {
    const now = this.#clock.now();
    this.#rate = Math.max(1, this.#currentRate(now) - decrease);
    this.#rateAt = now;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let go = this.#first(); go !== undefined; go = this.#first()) {
      const early = this.#earliness();
      if (early > 0) {
        await this.#clock.sleep(early);
        continue;
      }
      const now = this.#clock.now();
      const apart = 1000 / this.#currentRate(now);
      this.#next = Math.max(this.#next, now - (this.#burst - 1) * apart) + apart;
      this.#gone.push(now);
      go();
    }
    this.#isRunning = false;
  }

  #first(): (() => void) | undefined {
    const [go] = this.#urgent.size > 0 ? this.#urgent : this.#waiting;
    return go;
  }

  /** How long the next call has to wait: evenly spread, and within the rate in any second. In milliseconds. */
  #earliness(): number {
    const now = this.#clock.now();
    while (this.#gone[0] !== undefined && this.#gone[0] <= now - 1000) this.#gone.shift();
    const mayGo = Math.max(1, Math.floor(this.#currentRate(now)));
    const room = this.#gone[this.#gone.length - mayGo];
    return Math.max(this.#next - now, room === undefined ? 0 : room + 1000 - now);
  }

  #currentRate(now: number): number {
    return Math.min(this.#most, this.#rate + (Math.max(0, now - this.#rateAt) / 1000) * increasePerSecond);
  }
}
