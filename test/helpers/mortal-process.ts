import type { Clock } from '../../src/ports/clock.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What happens to a process at its `call`th call of a port or the store, just before or just after the effect. */
export interface Fate {
  readonly call: number;
  readonly when: 'before' | 'after';
  /** How long it is paused; undefined when it dies. */
  readonly pauseMilliseconds?: number | undefined;
}

/**
 * A process that can die or be paused between any two steps. All of its access to the world is wrapped: once dead, no
 * call of it is carried out and none in progress ever returns, so that nothing in its memory matters any more.
 */
export class MortalProcess {
  /** Its calls, in order. */
  readonly calls: string[] = [];
  readonly clock: Clock;
  readonly died: Promise<void>;
  readonly #world: VirtualClock;
  readonly #fates: readonly Fate[];
  #dead = false;
  #frozenUntil = 0;
  #die: () => void = () => undefined;

  constructor(world: VirtualClock, ...fates: readonly Fate[]) {
    this.#world = world;
    this.#fates = fates;
    this.died = new Promise((resolve) => (this.#die = resolve));
    this.clock = {
      now: () => world.now(),
      sleep: async (milliseconds, signal) => {
        await world.sleep(milliseconds, signal);
        await this.#thawed();
      },
    };
  }

  get dead(): boolean {
    return this.#dead;
  }

  kill(): void {
    this.#dead = true;
    this.#die();
  }

  /** The same object, as this process sees it. Its methods return promises, those of `streams` return streams. */
  wrap<Part extends object>(part: Part, streams: readonly (keyof Part)[] = []): Part {
    return new Proxy(part, {
      get: (target, key): unknown => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        const method = value as (...args: unknown[]) => unknown;
        return (...args: unknown[]): unknown =>
          streams.includes(key as keyof Part)
            ? this.#stream(() => method.apply(target, args) as AsyncIterable<unknown>)
            : this.#call(String(key), async () => method.apply(target, args));
      },
    });
  }

  async #call<T>(name: string, call: () => Promise<T>): Promise<T> {
    await this.#thawed();
    this.calls.push(name);
    const fate = this.#fates.find((candidate) => candidate.call === this.calls.length);
    if (fate?.when === 'before') await this.#meet(fate);
    try {
      return await call();
    } finally {
      if (fate?.when === 'after') await this.#meet(fate);
      await this.#thawed();
    }
  }

  async *#stream(open: () => AsyncIterable<unknown>): AsyncGenerator {
    const items = await this.#call('readLog', async () => open());
    for await (const item of items) yield await this.#call('readLog chunk', async () => item);
    await this.#thawed();
  }

  async #meet({ pauseMilliseconds }: Fate): Promise<void> {
    if (pauseMilliseconds === undefined) this.kill();
    else this.#frozenUntil = this.#world.now() + pauseMilliseconds;
    await this.#thawed();
  }

  async #thawed(): Promise<void> {
    while (!this.#dead && this.#world.now() < this.#frozenUntil) {
      await this.#world.sleep(this.#frozenUntil - this.#world.now());
    }
    if (this.#dead) await new Promise(() => undefined);
  }
}
