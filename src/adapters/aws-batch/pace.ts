import type { Clock } from '../../ports/clock.ts';

export interface PaceOptions {
  readonly clock: Clock;
  /** The most calls in any second. */
  readonly perSecond: number;
  /** How many calls may go at once after a rest, or when the program was busy with something else. */
  readonly burst: number;
}

export interface TurnOptions {
  /** Before those who wait: its turn came once, and the call was turned away. @default false */
  readonly first?: boolean;
  /** Once it aborts, the call goes before those who wait. */
  readonly urgent?: AbortSignal | undefined;
  /** Gives the turn up to those who come after. */
  readonly signal?: AbortSignal | undefined;
}

/** What each throttled call takes from the rate, and each second gives back, in calls a second. */
const decrease = 1;
const increasePerSecond = 2;

/**
 * Lets calls go in turn and no faster than AWS allows: in no second more than `perSecond`. Others of the account may
 * use the same limit up, so that a throttle slows it down, and time speeds it up again.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #burst: number;
  readonly #urgent = new Set<() => void>();
  readonly #waiting = new Set<() => void>();
  #rate: number;
  #rateAt = 0;
  #next = Number.NEGATIVE_INFINITY;
  #isRunning = false;
  /** When the calls of the last second went, oldest first. */
  readonly #gone: number[] = [];

  constructor({ clock, perSecond, burst }: PaceOptions) {
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

  /** How many calls a second it lets go now, when nobody slows it down. */
  get perSecond(): number {
    return this.#currentRate(this.#clock.now());
  }

  /** To be told when a call was throttled all the same. */
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

  /** How long the next call has to wait: evenly spread, and never more in a second than may be. In milliseconds. */
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
