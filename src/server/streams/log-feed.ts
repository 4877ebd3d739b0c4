import { type Build, isEnded } from '../../domain/build.ts';
import type { BuildEventType } from '../../domain/build-event.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import type { LogId } from '../../ports/build-store.ts';
import { ChangeSignal } from './change-signal.ts';
import type { EventFeed, FedEvent, FeedParts } from './event-feed.ts';
import type { LogGrowth } from './log-growth.ts';
import { type LogText, StoredLogReader } from './read-log.ts';
import { type NumberedEvent, RecentEvents } from './recent-events.ts';
import { retryUntilAvailable } from './retry-until-available.ts';
import type { Shared } from './shared.ts';
import { type StreamEvent, streamEvent } from './sse.ts';

/** How much of the end of a log is kept for all its streams together, in bytes. */
const mostRecentBytes = 256 * 1024;

/** They leave the attempt as it is. */
const recordedWithLog: ReadonlySet<string> = new Set<BuildEventType>([
  'job.phase',
  'job.note',
  'job.commit',
  'job.cache',
]);

/** The parts of a feed, and what reports that a log has grown. */
export interface LogFeedParts extends FeedParts {
  readonly growth: LogGrowth;
}

/** Reads one attempt's log as it is stored, on behalf of all streams of the process. */
export class LogFeed {
  readonly #log: LogId;
  readonly #parts: LogFeedParts;
  readonly #signal = new ChangeSignal();
  readonly #recent = new RecentEvents<NumberedEvent>(0, mostRecentBytes);
  /** Whether its build has changed since it was last loaded; `#wake` ends the wait for more text then. */
  #isStale = false;
  #wake = new AbortController();
  #end: StreamEvent | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** Reads until the attempt has ended, or `over` aborts. */
  constructor(log: LogId, parts: LogFeedParts, events: Shared<'all', EventFeed>, over: AbortSignal) {
    this.#log = log;
    this.#parts = parts;
    over.addEventListener('abort', () => this.#wake.abort(), { once: true });
    Promise.race([this.#run(over), this.#watch(events, over)]).catch((error: unknown) => {
      if (over.aborted) return;
      this.#failure = { error };
      this.#signal.notifyAll();
    });
  }

  /** The text after an offset that a stream of this log returned, until the attempt has ended or `signal` aborts. */
  async *after(offset: number, signal: AbortSignal): AsyncGenerator<StreamEvent> {
    const { store, clock } = this.#parts;
    const recent = this.#recent;
    let own: StoredLogReader | undefined;
    for (let last = offset; !signal.aborted; ) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (last < recent.from) {
        const reader = (own ??= new StoredLogReader(store, this.#log));
        const end = this.#end;
        const found = (await retryUntilAvailable(() => reader.next(last), clock, signal)) ?? (end && reader.rest());
        if (found !== undefined) {
          yield logEvent(found);
          last = found.next;
        } else if (end !== undefined) {
          last = Math.max(last, recent.latest);
        } else if (this.#end === undefined && last < recent.from) {
          // Old builds are removed.
          return;
        }
        continue;
      }
      const event = recent.next(last);
      if (event !== undefined) {
        yield event;
        last = event.id;
      } else if (this.#end !== undefined) {
        yield this.#end;
        return;
      } else {
        await this.#signal.next(signal);
      }
    }
  }

  async #run(over: AbortSignal): Promise<void> {
    const { store, clock, growth } = this.#parts;
    const reader = new StoredLogReader(store, this.#log);
    const isAborted = (): boolean => over.aborted;
    while (!isAborted()) {
      // Checked before the log is read: if the attempt has ended here, the whole log is stored.
      const isOver = await this.#isOver(over);
      for (;;) {
        const found = await retryUntilAvailable(() => reader.next(0), clock, over);
        if (found === undefined) break;
        this.#push(found);
      }
      if (isOver) return this.#finish(reader);
      if (this.#isStale || isAborted()) continue;
      this.#wake = new AbortController();
      await growth.beyond(this.#log, reader.offset, this.#wake.signal);
    }
  }

  #push(text: LogText): void {
    this.#recent.push(logEvent(text));
    this.#signal.notifyAll();
  }

  #finish(reader: StoredLogReader): void {
    const rest = reader.rest();
    if (rest !== undefined) this.#recent.push(logEvent(rest));
    this.#end = streamEvent(reader.offset + 1, 'end', {});
    this.#signal.notifyAll();
  }

  async #isOver(over: AbortSignal): Promise<boolean> {
    if (!this.#isStale) return false;
    this.#isStale = false;
    const build = await retryUntilAvailable(
      () => requireBuild(this.#parts.store, this.#log.buildId),
      this.#parts.clock,
      over,
    );
    return isOver(build, this.#log);
  }

  /** Marks the build as stale on every change; log output is not one. */
  async #watch(events: Shared<'all', EventFeed>, over: AbortSignal): Promise<void> {
    for await (const change of events.using('all', (feed) => this.#changes(feed, over))) {
      if (change === 'none' || recordedWithLog.has(change.type)) continue;
      this.#isStale = true;
      this.#wake.abort();
    }
  }

  async *#changes(feed: EventFeed, over: AbortSignal): AsyncGenerator<FedEvent | 'none'> {
    const after = await feed.latest(over);
    // Earlier changes need one load; every later event is reported.
    this.#isStale = true;
    this.#wake.abort();
    yield* feed.after({ after, buildId: this.#log.buildId }, over);
  }
}

/** Whether a log is complete. */
export function isOver(build: Build, { platform, attempt }: Omit<LogId, 'buildId'>): boolean {
  if (isEnded(build)) return true;
  const job = build.jobs.find((each) => each.platform === platform);
  return job?.attempts.find(({ number }) => number === attempt)?.state === 'ended';
}

function logEvent({ text, next, times }: LogText): NumberedEvent {
  const all = times();
  // As differences: 500,000 lines would need 14 characters each.
  const differences = all?.map((at, line) => at - (all[line - 1] ?? 0));
  return { id: next, wire: streamEvent(next, 'log', { text, next, ...(all && { times: differences }) }).wire };
}
