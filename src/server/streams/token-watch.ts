import type { Clock } from '../../ports/clock.ts';
import type { Scope } from '../../ports/token-store.ts';
import { type AuthenticateParts, type Caller, presentScopes } from '../auth/authenticate.ts';
import { allows } from '../auth/scopes.ts';
import { intervals } from './intervals.ts';

interface Watched {
  readonly caller: Caller;
  readonly needed: Scope;
  readonly over: AbortController;
}

type WatchParts = AuthenticateParts & { readonly clock: Clock };

/**
 * Checks periodically whether the callers of open streams may still read them: one query for all tokens and one for all
 * sessions, for any number of streams.
 */
export class TokenWatch {
  readonly #parts: WatchParts;
  readonly #stopping: AbortSignal;
  readonly #watched = new Set<Watched>();
  #isPolling = false;

  /** Checks until `stopping` aborts. */
  constructor(parts: WatchParts, stopping: AbortSignal) {
    this.#parts = parts;
    this.#stopping = stopping;
  }

  /** Aborts `over` once the caller's token no longer allows `needed`, and stops when `over` has aborted. */
  watch(caller: Caller, needed: Scope, over: AbortController): void {
    if (over.signal.aborted) return;
    const watched = { caller, needed, over };
    this.#watched.add(watched);
    over.signal.addEventListener('abort', () => this.#watched.delete(watched), { once: true });
    if (!this.#isPolling) void this.#pollTokens();
  }

  async #pollTokens(): Promise<void> {
    this.#isPolling = true;
    while (this.#watched.size > 0 && !this.#stopping.aborted) {
      await this.#parts.clock.sleep(intervals.tokens, this.#stopping);
      await this.#endRevoked();
    }
    this.#isPolling = false;
  }

  async #endRevoked(): Promise<void> {
    const watched = [...this.#watched];
    const scopeOf = await presentScopes(
      watched.map(({ caller }) => caller),
      this.#parts,
      // An unavailable store ends no stream: it could not deliver events either.
    ).catch(
      () =>
        ({ scope }: Caller) =>
          scope,
    );
    for (const { caller, needed, over } of watched) {
      const scope = scopeOf(caller);
      if (scope === undefined || !allows(scope, needed)) over.abort();
    }
  }
}
