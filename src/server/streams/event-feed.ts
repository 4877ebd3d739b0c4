import { eventToJson } from '../../build-json/event-json.ts';
import type { BuildEvent, RecordedEvent } from '../../domain/build-event.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { ChangeSignal } from './change-signal.ts';
import { intervals } from './intervals.ts';
import { type NumberedEvent, RecentEvents } from './recent-events.ts';
import { retryUntilAvailable } from './retry-until-available.ts';
import { streamEvent } from './sse.ts';

/** An event to be sent to streams. */
export interface FedEvent extends NumberedEvent {
  readonly buildId: string;
  readonly type: BuildEvent['type'];
}

/** What a feed reads, and the clock by which it polls. */
export interface FeedParts {
  readonly store: BuildStore;
  readonly clock: Clock;
}

/** Events per query. */
const page = 500;

/** Events that one stream reads from the store and holds while its client is slow. */
const ownPage = 100;

/** How much of the newest events is kept for all streams together, in bytes. */
const mostRecentBytes = 4 * 1024 * 1024;

/** Polls the store for new events on behalf of all streams of the process, with one query for any number of them. */
export class EventFeed {
  readonly #parts: FeedParts;
  readonly #signal = new ChangeSignal();
  #recent: RecentEvents<FedEvent> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** Polls until `over` aborts. */
  constructor(parts: FeedParts, over: AbortSignal) {
    this.#parts = parts;
    this.#run(over).catch((error: unknown) => {
      if (over.aborted) return;
      this.#failure = { error };
      this.#signal.notifyAll();
    });
  }

  /** The number of the latest known event, after the first poll. @throws what that poll threw */
  async latest(signal: AbortSignal): Promise<number> {
    return (await this.#ready(signal))?.latest ?? 0;
  }

  /**
   * Events after `after`, of all builds or of one, as they are recorded, until `signal` aborts; `none` when there are
   * no more yet.
   */
  async *after(
    { after, buildId }: { readonly after: number; readonly buildId?: string | undefined },
    signal: AbortSignal,
  ): AsyncGenerator<FedEvent | 'none'> {
    const isWanted = buildId === undefined ? undefined : (event: FedEvent) => event.buildId === buildId;
    for (let last = after; !signal.aborted; ) {
      const recent = await this.#ready(signal);
      if (recent === undefined) return;
      if (last < recent.from) {
        last = yield* this.#stored(last, recent, buildId, signal);
        continue;
      }
      const event = recent.next(last, isWanted);
      if (event !== undefined) {
        yield event;
        last = event.id;
        continue;
      }
      last = Math.max(last, recent.latest);
      yield 'none';
      // The reader may have been slow.
      if (last >= recent.latest) await this.#signal.next(signal);
    }
  }

  /** A page of events that are no longer among the recent ones. @returns the number to continue from */
  async *#stored(
    after: number,
    { latest }: RecentEvents<FedEvent>,
    buildId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<FedEvent, number> {
    const query = { after, limit: ownPage, ...(buildId !== undefined && { buildId }) };
    const found = await retryUntilAvailable(() => this.#parts.store.events(query), this.#parts.clock, signal);
    for (const event of found) yield toFed(event);
    const last = found.at(-1)?.sequence ?? after;
    return found.length < ownPage ? Math.max(last, latest) : last;
  }

  async #ready(signal: AbortSignal): Promise<RecentEvents<FedEvent> | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#recent !== undefined || signal.aborted) return this.#recent;
      await this.#signal.next(signal);
    }
  }

  async #run(over: AbortSignal): Promise<void> {
    const { store, clock } = this.#parts;
    this.#recent = new RecentEvents(
      await retryUntilAvailable(() => store.lastSequence(), clock, over),
      mostRecentBytes,
    );
    this.#signal.notifyAll();
    while (!over.aborted) {
      const { latest } = this.#recent;
      const fresh = await retryUntilAvailable(() => store.events({ after: latest, limit: page }), clock, over);
      for (const event of fresh) this.#recent.push(toFed(event));
      if (fresh.length > 0) this.#signal.notifyAll();
      if (fresh.length < page) await clock.sleep(intervals.poll, over);
    }
  }
}

function toFed(recorded: RecordedEvent): FedEvent {
  const { sequence: id, buildId, event } = recorded;
  return { id, buildId, type: event.type, wire: streamEvent(id, event.type, eventToJson(recorded)).wire };
}
