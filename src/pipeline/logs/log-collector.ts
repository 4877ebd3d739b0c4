import { setMaxListeners } from 'node:events';
import type { PhaseMark } from '../../builder/contract.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { BuildStore, LogId } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JobBackend } from '../../ports/job-backend.ts';
import type { Reporter } from '../../ports/reporter.ts';
import { LogReader, type LogReport } from './log-report.ts';
import { storedLog } from './stored-log.ts';

/** A report of everything that could be read. */
export interface CollectedReport extends LogReport {
  /** Whether the log was read to its end. */
  readonly isComplete: boolean;
}

/** How long the end of a job waits for the rest of its log, in milliseconds. */
const patience = 30_000;

/** Pause before a log that broke off is read again, in milliseconds. */
const retryDelay = 1_000;

/** Copies the logs of running jobs into the store, and resumes each where it stopped. */
export class LogCollector {
  readonly #store: BuildStore;
  readonly #backend: JobBackend;
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  readonly #onEnd: (log: LogId) => void;
  readonly #stop = new AbortController();
  /** Resolves to whether everything was copied. */
  readonly #running = new Map<string, Promise<boolean>>();

  /** @param onEnd called when a log that had new text has ended: its job most likely has, too */
  constructor(
    parts: { store: BuildStore; backend: JobBackend; clock: Clock; reporter: Reporter },
    onEnd: (log: LogId) => void = () => undefined,
  ) {
    this.#store = parts.store;
    this.#backend = parts.backend;
    this.#clock = parts.clock;
    this.#reporter = parts.reporter;
    this.#onEnd = onEnd;
    // Each log being read listens for the stop; Node takes more than ten listeners for a leak.
    setMaxListeners(0, this.#stop.signal);
  }

  /** Begins to follow a job's log, unless it is already being followed. */
  follow(log: LogId, backendId: string): void {
    const key = keyOf(log);
    if (this.#running.has(key) || this.#stop.signal.aborted) return;
    const copying = this.#copy(log, backendId)
      .then(() => true)
      .catch((error: unknown) => {
        const text = `the log of ${key} could not be followed: ${reasonOf(error)}`;
        this.#reporter.warning(text, error, { buildId: log.buildId });
        return false;
      })
      .finally(() => this.#running.delete(key));
    this.#running.set(key, copying);
  }

  /**
   * Copies the rest of an ended job's log, then reports on the whole of it.
   * @param backendId undefined when the backend no longer knows the job
   * @throws LeaseLost when the collector was stopped meanwhile: the next driver records the end of the job
   */
  async finish(log: LogId, backendId: string | undefined): Promise<CollectedReport> {
    let isComplete = false;
    if (backendId !== undefined) {
      const over = new AbortController();
      const tooLong = this.#clock.sleep(patience, over.signal).then(() => false);
      isComplete = await Promise.race([this.#copyWhole(log, backendId, over.signal), tooLong]);
      over.abort();
      if (this.#stop.signal.aborted) throw new TwinhullError('LeaseLost', 'the collection of logs was stopped');
    }
    return { ...(await this.#report(log)), isComplete };
  }

  /** A single failure must not cost the log: the backend's copy is released once the job's end is recorded. */
  async #copyWhole(log: LogId, backendId: string, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      this.follow(log, backendId);
      if ((await this.#running.get(keyOf(log))) !== false) return true;
      await this.#clock.sleep(retryDelay, signal);
    }
    return false;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running.values());
  }

  async #copy(log: LogId, backendId: string): Promise<void> {
    for (;;) if (await this.#copyOn(log, backendId)) return;
  }

  /** @returns false when another process added to the log meanwhile: copying must resume at the new end */
  async #copyOn(log: LogId, backendId: string): Promise<boolean> {
    const reader = new LogReader();
    let { offset, cursor } = await this.#store.logPosition(log);
    const before = offset;
    if (offset > 0) await this.#replay(log, reader);
    const chunks = this.#backend.readLog(backendId, { cursor, follow: true, signal: this.#stop.signal });
    for await (const chunk of chunks) {
      const events = reader.read(chunk.text).flatMap((mark) => eventsOf(mark, log));
      if (!(await this.#store.appendLog({ log, offset, ...chunk }, events, this.#clock.now()))) return false;
      offset += Buffer.byteLength(chunk.text);
      cursor = chunk.cursor;
    }
    if (offset > before) this.#onEnd(log);
    return true;
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
    case 'cache': {
      const { image, outcome, cached, steps } = mark;
      return [{ type: 'job.cache', platform, attempt, image, outcome, cached, steps }];
    }
    case 'commit': {
      const { subject, author } = mark;
      const isEmpty = subject === undefined && author === undefined;
      return isEmpty ? [] : [{ type: 'job.commit', platform, attempt, subject, author }];
    }
    case 'again':
      return [{ type: 'job.restarted', platform, attempt, reason: mark.text }];
    case 'hello':
    case 'pushed':
    case 'base':
    case 'programs':
    case 'fail':
      return [];
  }
}

function keyOf({ buildId, platform, attempt }: LogId): string {
  return `${buildId} ${platform} attempt ${String(attempt)}`;
}
