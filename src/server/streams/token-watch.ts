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

type WatchParts = AuthenticateParts & { readonly clock: Clock };

/**
 * Checks periodically whether the callers of open streams may still read them: one check per token or session, for any
 * number of streams.
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
      const callers = new Map([...this.#watched].map(({ caller }) => [keyOf(caller), caller]));
      for (const caller of callers.values()) await this.#pollToken(caller);
    }
    this.#isPolling = false;
  }

  async #pollToken(caller: Caller): Promise<void> {
    // An unavailable store ends no stream: it could not deliver events either.
    const scope = await presentScope(caller, this.#parts).catch(() => caller.scope);
    for (const { caller: watched, needed, over } of [...this.#watched]) {
      if (keyOf(watched) === keyOf(caller) && (scope === undefined || !allows(scope, needed))) over.abort();
    }
  }
}

function keyOf({ id, session }: Caller): string {
  return session?.id ?? id;
}
