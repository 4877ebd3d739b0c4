import type { BuildEvent } from '../domain/build-event.ts';
import type { PhaseMark } from '../builder/contract.ts';
import { reasonOf } from '../errors/twinhull-error.ts';
import type { BuildStore, LogId } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobBackend } from '../ports/job-backend.ts';
import { LogReader, type LogReport } from './log-report.ts';
import type { Reporter } from './reporter.ts';

/** How long the end of a job waits for the rest of its log, in milliseconds. */
const patience = 30_000;

/** Copies the logs of running jobs into the store, each where it was left off. */
export class LogCollector {
  readonly #store: BuildStore;
  readonly #backend: JobBackend;
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  readonly #stop = new AbortController();
  readonly #running = new Map<string, Promise<void>>();

  constructor(parts: { store: BuildStore; backend: JobBackend; clock: Clock; reporter: Reporter }) {
    this.#store = parts.store;
    this.#backend = parts.backend;
    this.#clock = parts.clock;
    this.#reporter = parts.reporter;
  }

  /** Begins to follow a job's log, unless it is being followed. */
  follow(log: LogId, backendId: string): void {
    const key = keyOf(log);
    if (this.#running.has(key) || this.#stop.signal.aborted) return;
    const copying = this.#copy(log, backendId)
      .catch((error: unknown) => {
        this.#reporter.warning(`the log of ${key} could not be followed: ${reasonOf(error)}`, error);
      })
      .finally(() => this.#running.delete(key));
    this.#running.set(key, copying);
  }

  /** Copies the rest of an ended job's log, then tells what the whole of it says. */
  async finish(log: LogId, backendId: string | undefined): Promise<LogReport> {
    if (backendId !== undefined) {
      this.follow(log, backendId);
      const copied = this.#running.get(keyOf(log));
      const waiting = new AbortController();
      await Promise.race([copied, this.#clock.sleep(patience, waiting.signal)]);
      waiting.abort();
    }
    return this.#report(log);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running.values());
  }

  async #copy(log: LogId, backendId: string): Promise<void> {
    const reader = new LogReader();
    let { offset, cursor } = await this.#store.logPosition(log);
    if (offset > 0) await this.#replay(log, reader);
    const chunks = this.#backend.readLog(backendId, { cursor, follow: true, signal: this.#stop.signal });
    for await (const chunk of chunks) {
      const events = reader.read(chunk.text).flatMap((mark) => eventsOf(mark, log));
      await this.#store.appendLog({ log, offset, ...chunk }, events, this.#clock.now());
      offset += Buffer.byteLength(chunk.text);
      cursor = chunk.cursor;
    }
  }

  async #report(log: LogId): Promise<LogReport> {
    const reader = new LogReader();
    await this.#replay(log, reader);
    return reader.report();
  }

  async #replay(log: LogId, reader: LogReader): Promise<void> {
    for await (const text of storedLog(this.#store, log)) reader.read(text);
  }
}

/** The stored log of an attempt from its start, in chunks of whole lines. */
export async function* storedLog(store: BuildStore, log: LogId): AsyncGenerator<string> {
  for (let offset = 0; ; ) {
    const chunks = await store.readLog(log, offset, 32);
    if (chunks.length === 0) return;
    for (const chunk of chunks) {
      yield chunk.text;
      offset = chunk.offset + Buffer.byteLength(chunk.text);
    }
  }
}

function eventsOf(mark: PhaseMark, { platform, attempt }: LogId): readonly BuildEvent[] {
  switch (mark.verb) {
    case 'begin':
      return [{ type: 'job.phase', platform, attempt, phase: mark.phase, image: mark.image, status: 'begin' }];
    case 'end': {
      const { phase, image, exitCode } = mark;
      return [{ type: 'job.phase', platform, attempt, phase, image, status: 'end', exitCode }];
    }
    case 'note':
      return [{ type: 'job.note', platform, attempt, text: mark.text }];
    case 'hello':
    case 'fail':
      return [];
  }
}

function keyOf({ buildId, platform, attempt }: LogId): string {
  return `${buildId} ${platform} attempt ${String(attempt)}`;
}

