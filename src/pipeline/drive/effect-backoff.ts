import type { Build, BuildState } from '../../domain/build.ts';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { backoff } from '../../domain/retry.ts';
import type { Reporter } from '../../ports/reporter.ts';

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

/** What kind of trouble an error is. Messages of one trouble can differ, for example in a port or a request id. */
function kindOfTrouble(error: unknown): string {
  return TwinhullError.is(error) ? error.code : reasonOf(error);
}

/** Warns once per trouble with an activity that is repeated, until it succeeds again. */
export class TroubleReporter {
  readonly #reporter: Reporter;
  readonly #troubles = new Map<string, string>();

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  failed(activity: string, text: string, error: unknown): void {
    const kind = kindOfTrouble(error);
    if (this.#troubles.get(activity) === kind) return;
    this.#troubles.set(activity, kind);
    this.#reporter.warning(`${text}: ${reasonOf(error)}`, error);
  }

  succeeded(activity: string): void {
    this.#troubles.delete(activity);
  }
}
