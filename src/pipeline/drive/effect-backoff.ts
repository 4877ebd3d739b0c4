import type { Build, BuildState } from '../../domain/build.ts';
import { backoff } from '../../domain/retry.ts';
import { kindOfTrouble } from './trouble-reporter.ts';

/** The longest pause before an effect that failed is repeated, in milliseconds. */
const longestPause = 30_000;

interface Trouble {
  readonly tries: number;
  readonly heldUntil: number;
  /** What failed, and in which state of the build: warned about once. */
  readonly kind: string;
  readonly state: BuildState;
}

/** Holds back the effects of a build that failed, each longer than the time before. */
export class EffectBackoff {
  readonly #builds = new Map<string, Map<string, Trouble>>();
  readonly #pauses: { readonly first: number; readonly longest: number };
  readonly #random: () => number;

  /** @param interval pause before the first repetition, in milliseconds */
  constructor(interval: number, random: () => number = Math.random) {
    this.#pauses = { first: interval, longest: Math.max(interval, longestPause) };
    this.#random = random;
  }

  /** Until when effects are held back, by their key. */
  heldUntil(buildId: string): ReadonlyMap<string, number> {
    const troubles = [...(this.#builds.get(buildId) ?? [])];
    return new Map(troubles.map(([effect, { heldUntil }]) => [effect, heldUntil]));
  }

  /** @returns whether to warn: the effect did not fail like this before in this state of the build */
  failed({ id, state }: Build, effect: string, error: unknown, now: number): boolean {
    const troubles = this.#builds.get(id) ?? new Map<string, Trouble>();
    const before = troubles.get(effect);
    const tries = (before?.tries ?? 0) + 1;
    const kind = kindOfTrouble(error);
    const heldUntil = now + backoff(tries, this.#pauses, this.#random);
    this.#builds.set(id, troubles.set(effect, { tries, heldUntil, kind, state }));
    return before?.kind !== kind || before.state !== state;
  }

  succeeded(buildId: string, effect: string): void {
    this.#builds.get(buildId)?.delete(effect);
  }

  /** Has held effects repeated at once, because the build was changed: a cancel must not wait for a pause to end. */
  release(buildId: string): void {
    for (const [effect, trouble] of this.#builds.get(buildId) ?? [])
      this.#builds.get(buildId)?.set(effect, { ...trouble, heldUntil: 0 });
  }

  /** Drops builds that are no longer open. */
  keep(open: ReadonlyMap<string, unknown>): void {
    for (const id of this.#builds.keys()) if (!open.has(id)) this.#builds.delete(id);
  }
}
