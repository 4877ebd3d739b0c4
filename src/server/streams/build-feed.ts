import type { Build } from '../../domain/build.ts';
import type { RecordedEvent } from '../../domain/build-event.ts';
import type { FollowedStore } from '../../pipeline/follow.ts';
import type { EventQuery, LogId, StoredLogChunk } from '../../ports/build-store.ts';
import { ChangeSignal } from './change-signal.ts';
import type { EventFeed, FedEvent, FeedParts } from './event-feed.ts';
import { intervals } from './intervals.ts';
import { retryUntilAvailable } from './retry-until-available.ts';
import type { Shared } from './shared.ts';
import { SharedAnswers } from './shared-answers.ts';

/** How much text of a build's logs is kept for all its followers between two polls, in bytes. */
const mostLogBytes = 8 * 1024 * 1024;

/** How long a loaded build is used while no event reports a change, in milliseconds: prune removes events too. */
const longestUse = 10_000;

/**
 * Reads one build on behalf of all its followers in the process: followers at the same position share one query. Its
 * events are read when the shared feed reports new ones, its logs at each poll.
 */
export class BuildFeed implements FollowedStore {
  readonly #id: string;
  readonly #parts: FeedParts;
  readonly #signal = new ChangeSignal();
  readonly #events = new SharedAnswers<readonly RecordedEvent[]>();
  readonly #builds = new SharedAnswers<Build | undefined>();
  readonly #logs = new SharedAnswers<readonly StoredLogChunk[]>(mostLogBytes, sizeOf);
  /** Sequence of the latest event that a follower may have. */
  #latest = 0;
  #loadedAt = 0;
  #failure: { readonly error: unknown } | undefined;

  /** Polls until `over` aborts. */
  constructor(id: string, parts: FeedParts, events: Shared<'all', EventFeed>, over: AbortSignal) {
    this.#id = id;
    this.#parts = parts;
    Promise.all([this.#poll(over), this.#watch(events, over)]).catch((error: unknown) => {
      if (over.aborted) return;
      this.#failure = { error };
      this.#signal.notifyAll();
    });
  }

  events(query: EventQuery): Promise<readonly RecordedEvent[]> {
    this.#check();
    return this.#events.of(`${String(query.after)} ${String(query.limit)}`, async () => {
      const events = await this.#parts.store.events(query);
      const latest = events.at(-1)?.sequence ?? 0;
      // What was read before this event may be older than it: the rest of a log, the state of the build.
      if (latest > this.#latest) this.#forgetBefore(latest);
      return events;
    });
  }

  load(id: string): Promise<Build | undefined> {
    this.#check();
    const { store, clock } = this.#parts;
    if (clock.now() - this.#loadedAt > longestUse) this.#builds.forget();
    return this.#builds.of(id, async () => {
      this.#loadedAt = clock.now();
      const build = await store.load(id);
      // A follower that sees an ended build reads the rest only once more.
      this.#events.forget();
      this.#logs.forget();
      return build;
    });
  }

  readLog(log: LogId, offset: number, limit: number): Promise<readonly StoredLogChunk[]> {
    this.#check();
    const key = `${log.platform} ${String(log.attempt)} ${String(offset)} ${String(limit)}`;
    return this.#logs.of(key, () => this.#parts.store.readLog(log, offset, limit));
  }

  /** Resolves when there may be something new, or when `signal` aborts. */
  async pause(signal: AbortSignal): Promise<void> {
    this.#check();
    await this.#signal.next(signal);
  }

  async #poll(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.#parts.clock.sleep(intervals.poll, over);
      this.#logs.forget();
      this.#signal.notifyAll();
    }
  }

  async #watch(events: Shared<'all', EventFeed>, over: AbortSignal): Promise<void> {
    for await (const event of events.using('all', (feed) => this.#changes(feed, over))) {
      if (event === 'none') continue;
      this.#events.forget();
      if (event.id > this.#latest) this.#forgetBefore(event.id);
      this.#signal.notifyAll();
    }
  }

  async *#changes(feed: EventFeed, over: AbortSignal): AsyncGenerator<FedEvent | 'none'> {
    const { clock } = this.#parts;
    const after = await retryUntilAvailable(() => feed.latest(over), clock, over);
    // Earlier answers may miss an event that the feed had already passed; every later one is reported.
    this.#events.forget();
    this.#forgetBefore(this.#latest);
    yield* feed.after({ after, buildId: this.#id }, over);
  }

  #forgetBefore(latest: number): void {
    this.#latest = latest;
    this.#builds.forget();
    this.#logs.forget();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

function sizeOf(chunks: readonly StoredLogChunk[]): number {
  return chunks.reduce((sum, { text }) => sum + text.length, 0);
}
