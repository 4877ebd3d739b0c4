import type { BuildEvent, RecordedEvent } from '../../domain/build-event.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { Bell } from './bell.ts';
import { intervals } from './intervals.ts';
import { persistently } from './persistently.ts';
import { type NumberedEvent, RecentEvents } from './recent-events.ts';
import { streamEvent } from './sse.ts';

export interface EventJson {
  readonly sequence: number;
  readonly buildId: string;
  readonly at: string;
  readonly event: RecordedEvent['event'];
}

export function eventToJson({ sequence, buildId, at, event }: RecordedEvent): EventJson {
  return { sequence, buildId, at: new Date(at).toISOString(), event };
}

/** An event on its way to streams. */
export interface FedEvent extends NumberedEvent {
  readonly buildId: string;
  readonly type: BuildEvent['type'];
}

export interface FeedParts {
  readonly store: BuildStore;
  readonly clock: Clock;
}

/** Events of one look. */
const page = 500;

/** Of what one stream reads by itself, and holds while its client takes its time. */
const ownPage = 100;

/** How much of what came last is kept for all streams together, in bytes. */
const mostRecentBytes = 4 * 1024 * 1024;

/** Looks for new events on behalf of all streams of the process: one query a look, however many they are. */
export class EventFeed {
  readonly #parts: FeedParts;
  readonly #bell = new Bell();
  #recent: RecentEvents<FedEvent> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** Looks until `over` aborts. */
  constructor(parts: FeedParts, over: AbortSignal) {
    this.#parts = parts;
    this.#run(over).catch((error: unknown) => {
      if (over.aborted) return;
      this.#failure = { error };
      this.#bell.ring();
    });
  }

  /** The number of the latest event that it knows, once it has looked. @throws what a look threw */
  async latest(signal: AbortSignal): Promise<number> {
    return (await this.#ready(signal))?.latest ?? 0;
  }

  /** Events after `after`, of all builds or of one, as they are recorded, until `signal` aborts; `none` when no more are there yet. */
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
      // Whoever reads may have been slow to ask for more.
      if (last >= recent.latest) await this.#bell.rings(signal);
    }
  }

  /** A page of what is no longer among the recent ones. @returns the number to go on from */
  async *#stored(
    after: number,
    { latest }: RecentEvents<FedEvent>,
    buildId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<FedEvent, number> {
    const query = { after, limit: ownPage, ...(buildId !== undefined && { buildId }) };
    const found = await persistently(() => this.#parts.store.events(query), this.#parts.clock, signal);
    for (const event of found) yield toFed(event);
    const last = found.at(-1)?.sequence ?? after;
    return found.length < ownPage ? Math.max(last, latest) : last;
  }

  async #ready(signal: AbortSignal): Promise<RecentEvents<FedEvent> | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#recent !== undefined || signal.aborted) return this.#recent;
      await this.#bell.rings(signal);
    }
  }

  async #run(over: AbortSignal): Promise<void> {
    const { store, clock } = this.#parts;
    this.#recent = new RecentEvents(await persistently(() => store.lastSequence(), clock, over), mostRecentBytes);
    this.#bell.ring();
    while (!over.aborted) {
      const { latest } = this.#recent;
      const fresh = await persistently(() => store.events({ after: latest, limit: page }), clock, over);
      for (const event of fresh) this.#recent.push(toFed(event));
      if (fresh.length > 0) this.#bell.ring();
      if (fresh.length < page) await clock.sleep(intervals.look, over);
    }
  }
}

function toFed(recorded: RecordedEvent): FedEvent {
  const { sequence: id, buildId, event } = recorded;
  return { id, buildId, type: event.type, wire: streamEvent(id, event.type, eventToJson(recorded)).wire };
}
