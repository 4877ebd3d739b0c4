import { nonceOf, parsePhaseMark } from '../../../builder/phase-marks.ts';
import { countLines } from '../../../domain/line-times.ts';
import type { LogChunk } from '../../../ports/job-backend.ts';
import { formatLogCursor, type JobLogPosition } from './log-cursor.ts';
import {
  type LogEventsOptions,
  type LoggedLine,
  type LogStream,
  type ReadPageOptions,
  readLogPage,
} from './log-events.ts';

/** The log of one run, read from a given position. */
export class RunLog {
  #position: JobLogPosition;
  #nonce: string | undefined;
  #hasFinalMark = false;
  #quietSince: number | undefined;
  readonly #options: LogEventsOptions;

  constructor(position: JobLogPosition, options: LogEventsOptions) {
    this.#position = position;
    this.#options = options;
  }

  /** Whether the run's final mark was read. */
  get hasFinalMark(): boolean {
    return this.#hasFinalMark;
  }

  /** Number of the run, from 1. */
  get run(): number {
    return this.#position.run;
  }

  /** Yields what is available and unread. A chunk is a page: its cursor is where the next one begins. */
  async *readOn(stream: LogStream, options: ReadPageOptions): AsyncGenerator<LogChunk> {
    const { signal } = options;
    let skip = 0;
    while (!this.#hasFinalMark && signal?.aborted !== true) {
      const { run, token, events } = this.#position;
      const page = await unlessAborted(readLogPage(stream, token, this.#options, options), signal);
      if (page === undefined) return;
      if (page === 'expired') {
        skip = events;
        this.#position = { run, token: undefined, events };
        continue;
      }
      const lines = page.lines.slice(skip);
      skip = Math.max(0, skip - page.lines.length);
      this.#position = { run, token: page.token, events: events + lines.length };
      if (lines.length > 0) yield this.#chunk(lines, events === 0);
      else if (page.token === token) return;
    }
  }

  /** Whether an ended run's log is complete: its final mark was read, or no line came for long enough. */
  isComplete(graceMilliseconds: number): boolean {
    const now = this.#options.patience.clock.now();
    this.#quietSince ??= now;
    return this.#hasFinalMark || now - this.#quietSince >= graceMilliseconds;
  }

  #chunk(lines: readonly LoggedLine[], isFirst: boolean): LogChunk {
    if (isFirst) this.#nonce = nonceOf(lines[0]?.text ?? '');
    this.#quietSince = undefined;
    this.#hasFinalMark = isFinalMark(lines.at(-1)?.text ?? '', this.#nonce);
    const text = lines.map((line) => `${line.text}\n`).join('');
    return { text, cursor: formatLogCursor(this.#position), times: timesOf(lines) };
  }
}

/** One time for each line of the text; an event may have several. */
function timesOf(lines: readonly LoggedLine[]): readonly number[] | undefined {
  const times = lines.flatMap(({ text, at }) => Array<number>(countLines(`${text}\n`)).fill(at ?? Number.NaN));
  return times.some(Number.isNaN) ? undefined : times;
}

/**
 * The final mark of a run that ended in an orderly way, printed by builder.sh: nothing follows it. Recognised only by a
 * reader that started at the run's first line: output of the repository's code does not count.
 */
function isFinalMark(line: string, nonce: string | undefined): boolean {
  const mark = nonce === undefined ? undefined : parsePhaseMark(line, nonce);
  return mark?.verb === 'end' && mark.phase === 'cleanup';
}

/** Undefined when `signal` aborted the wait, which is not a failure. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (signal?.aborted === true) return undefined;
    throw error;
  }
}
