import type { BuildStore, LogId } from '../../ports/build-store.ts';
import type { LineMatcher } from './line-matcher.ts';
import { StoredLogReader } from './read-log.ts';
import { type LogLine, type LogPiece, type ScanEnd, scanLines, timeOf } from './scan-lines.ts';

/** Which lines of a log to return; lines are numbered from 1. */
export interface LogLinesQuery {
  /** Number of the first line to consider. */
  readonly from: number;
  /** How many lines at most. */
  readonly count: number;
  /** Whether these are the last ones instead of the first. */
  readonly isTail: boolean;
  /** Only lines that this finds. */
  readonly matcher?: LineMatcher | undefined;
}

/** A page of lines. */
export interface LogLines extends ScanEnd {
  readonly lines: readonly LogLine[];
}

/** Bounds one answer, in characters; a single longer line is still returned. */
const mostCharacters = 4 * 1024 * 1024;

/** The lines of a stored log that a query selects. Reads chunk by chunk: memory is bounded whatever the log's length. */
export async function readLogLines(pieces: AsyncIterable<LogPiece>, query: LogLinesQuery): Promise<LogLines> {
  const lines = query.isTail ? new LastLines(query.count) : new FirstLines(query.count);
  const end = await scanLines(pieces, query, (line) => lines.add(line));
  return { lines: lines.all(), ...end };
}

/** The numbers of the lines that a search finds, at most `count`. */
export async function findLines(
  pieces: AsyncIterable<LogPiece>,
  query: Omit<LogLinesQuery, 'isTail'>,
): Promise<{ readonly numbers: readonly number[] } & ScanEnd> {
  const numbers: number[] = [];
  const end = await scanLines(pieces, query, (line) => numbers.length < query.count && numbers.push(line.number) > 0);
  return { numbers, ...end };
}

/**
 * The text of a stored log in pieces of whole lines, each with its newline.
 * @param over whether the log is complete: then a last line without a newline is part of it
 * @throws StoreUnavailable
 */
export async function* storedLines(store: BuildStore, log: LogId, over: boolean): AsyncGenerator<LogPiece> {
  const reader = new StoredLogReader(store, log);
  for (let found = await reader.next(0); found !== undefined; found = await reader.next(0)) yield found;
  const rest = over ? reader.rest() : undefined;
  if (rest !== undefined) yield rest;
}

class FirstLines {
  readonly #count: number;
  readonly #lines: LogLine[] = [];
  #characters = 0;

  constructor(count: number) {
    this.#count = count;
  }

  /** @returns false when it takes no more */
  add(line: LogLine): boolean {
    if (this.#lines.length === this.#count) return false;
    if (this.#lines.length > 0 && this.#characters + line.text.length > mostCharacters) return false;
    this.#characters += line.text.length;
    this.#lines.push(line);
    return true;
  }

  all(): readonly LogLine[] {
    return this.#lines;
  }
}

class LastLines {
  readonly #count: number;
  #lines: LogLine[] = [];
  #characters = 0;

  constructor(count: number) {
    this.#count = count;
  }

  add(line: LogLine): true {
    this.#characters += line.text.length;
    this.#lines.push(line);
    // Not at every line: removing the first elements moves all others.
    if (this.#lines.length >= 2 * this.#count || this.#characters > 2 * mostCharacters) this.#trim();
    return true;
  }

  all(): readonly LogLine[] {
    this.#trim();
    return this.#lines;
  }

  #trim(): void {
    let [from, characters] = [this.#lines.length, 0];
    while (from > 0 && this.#lines.length - from < this.#count) {
      const { length } = this.#lines[from - 1]?.text ?? '';
      if (characters + length > mostCharacters && from < this.#lines.length) break;
      characters += length;
      from -= 1;
    }
    this.#lines = this.#lines.slice(from);
    this.#characters = characters;
  }
}

/** A piece of a log with each line's time before it, or `-` where that was not stored. */
export function withTimes({ text, times }: LogPiece): string {
  const all = times() ?? [];
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, index) => `${timeOf(all[index]) ?? '-'} ${line}\n`).join('');
}
