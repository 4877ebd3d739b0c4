import { newlinesBefore } from '../../domain/line-times.ts';
import type { BuildStore, LogId } from '../../ports/build-store.ts';
import { type ReadState, StoredLogReader } from './read-log.ts';
import { type LogLine, type LogPiece, type ScanEnd, type ScanRange, scanLines, timeOf } from './scan-lines.ts';

/** Which lines of a log to return; lines are numbered from 1. */
export interface LogLinesQuery extends ScanRange {
  /** How many lines at most. */
  readonly count: number;
  /** Whether these are the last ones instead of the first. */
  readonly isTail: boolean;
  /** How many characters of a line at most. @default all */
  readonly width?: number | undefined;
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
  const { width = Number.POSITIVE_INFINITY } = query;
  const end = await scanLines(pieces, query, (line) => lines.add(cut(line, width)));
  return { lines: lines.all(), ...end };
}

/** The numbers of the lines that a search finds, at most `count`. */
export async function findLines(
  pieces: AsyncIterable<LogPiece>,
  query: ScanRange & Pick<LogLinesQuery, 'count'>,
): Promise<{ readonly numbers: readonly number[] } & ScanEnd> {
  const numbers: number[] = [];
  const end = await scanLines(pieces, query, (line) => numbers.length < query.count && numbers.push(line.number) > 0);
  return { numbers, ...end };
}

/**
 * The text of a stored log in pieces of whole lines, each with its newline.
 * @param over whether the log is complete: then a last line without a newline is part of it
 * @param from where to begin. @default at the start
 * @throws StoreUnavailable
 */
export async function* storedLines(
  store: BuildStore,
  log: LogId,
  over: boolean,
  from?: ReadState,
): AsyncGenerator<LogPiece> {
  const reader = new StoredLogReader(store, log, from);
  for (let found = await reader.next(0); found !== undefined; found = await reader.next(0)) yield found;
  const rest = over ? reader.rest() : undefined;
  if (rest !== undefined) yield rest;
}

/** A line of at most `width` characters; none of two code units is split. */
function cut(line: LogLine, width: number): LogLine {
  const { length } = line.text;
  if (length <= width) return line;
  const end = /[\ud800-\udbff]/.test(line.text.charAt(width - 1)) ? width - 1 : width;
  return { ...line, text: line.text.slice(0, end), cut: length - end };
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

/** Of the pieces those lines that are in a range, as pieces again. */
export async function* linesOfPieces(
  pieces: AsyncIterable<LogPiece>,
  { from, first = 1, count }: Pick<LogLinesQuery, 'from' | 'first' | 'count'>,
): AsyncGenerator<LogPiece> {
  let number = first;
  for await (const piece of pieces) {
    const begin = number;
    number += newlinesBefore(piece.text, piece.text.length);
    if (number <= from) continue;
    const [skip, end] = [Math.max(0, from - begin), from + count - begin];
    if (end <= 0) return;
    const lines = piece.text.split('\n').slice(0, -1).slice(skip, end);
    yield { text: lines.map((line) => `${line}\n`).join(''), times: () => piece.times()?.slice(skip, end) };
    if (number >= from + count) return;
  }
}

/** A piece of a log with each line's time before it, or `-` where that was not stored. */
export function withTimes({ text, times }: LogPiece): string {
  const all = times() ?? [];
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, index) => `${timeOf(all[index]) ?? '-'} ${line}\n`).join('');
}
