import type { Clock } from '../../ports/clock.ts';
import type { Scope } from '../../ports/token-store.ts';
import { type AuthenticateParts, type Caller, presentScope } from '../auth/authenticate.ts';
import { allows } from '../auth/scopes.ts';
import { intervals } from './intervals.ts';

interface Watched {
  readonly caller: Caller;
  readonly needed: Scope;
  readonly over: AbortController;
}

/** Looks again and again whether those who have streams open may still read them: one query a token, however many. */
export class TokenWatch {
  readonly #parts: AuthenticateParts;
  readonly #clock: Clock;
  readonly #stopping: AbortSignal;
  readonly #watched = new Set<Watched>();
  #isLooking = false;

  /** Looks until `stopping` aborts. */
  constructor(parts: AuthenticateParts, clock: Clock, stopping: AbortSignal) {
    this.#parts = parts;
    this.#clock = clock;
    this.#stopping = stopping;
  }

  /** Aborts `over` once the caller's token does not allow what is `needed` any more, unless that has aborted before. */
  watch(caller: Caller, needed: Scope, over: AbortController): void {
    if (over.signal.aborted) return;
    const watched = { caller, needed, over };
    this.#watched.add(watched);
    over.signal.addEventListener('abort', () => this.#watched.delete(watched), { once: true });
    if (!this.#isLooking) void this.#lookOn();
  }

  async #lookOn(): Promise<void> {
    this.#isLooking = true;
    while (this.#watched.size > 0 && !this.#stopping.aborted) {
      await this.#clock.sleep(intervals.tokens, this.#stopping);
      const callers = new Map([...this.#watched].map(({ caller }) => [caller.id, caller]));
      for (const caller of callers.values()) await this.#look(caller);
    }
    this.#isLooking = false;
  }

  async #look(caller: Caller): Promise<void> {
    // A store that does not answer ends no stream: it could not tell anything either.
    const scope = await presentScope(caller, this.#parts).catch(() => caller.scope);
    for (const { caller: watched, needed, over } of [...this.#watched]) {
      if (watched.id === caller.id && (scope === undefined || !allows(scope, needed))) over.abort();
    }
  }
}
