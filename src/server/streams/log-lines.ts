import { newlinesBefore } from '../../domain/line-times.ts';
import type { BuildStore, LogId } from '../../ports/build-store.ts';
import { type LogText, StoredLogReader } from './read-log.ts';

/** A line of a log without the builder's marks. */
export interface LogLine {
  /** From 1. */
  readonly number: number;
  /** Without its newline; it may have escape sequences and a carriage return. */
  readonly text: string;
  /** When it was printed, as ISO 8601; null where that was not stored. */
  readonly time: string | null;
}

/** A piece of a log: whole lines, each with its newline, and when they were printed. */
export type LogPiece = Omit<LogText, 'next'>;

/** Which lines of a log to return; lines are numbered from 1. */
export interface LogLinesQuery {
  /** Number of the first line to consider. */
  readonly from: number;
  /** How many lines at most. */
  readonly count: number;
  /** Whether these are the last ones instead of the first. */
  readonly isTail: boolean;
  /** Only lines that contain this text, in any case. */
  readonly search?: string | undefined;
}

/** A page of lines. */
export interface LogLines {
  readonly lines: readonly LogLine[];
  /** Where to continue: no line between the last of `lines` and this one qualifies. */
  readonly next: number;
  /** Whether line `next` exists. */
  readonly more: boolean;
}

/** Bounds one answer, in characters; a single longer line is still returned. */
const mostCharacters = 4 * 1024 * 1024;

/** The lines of a stored log that a query selects. Reads chunk by chunk: memory is bounded whatever the log's length. */
export async function readLogLines(pieces: AsyncIterable<LogPiece>, query: LogLinesQuery): Promise<LogLines> {
  const lines = query.isTail ? new LastLines(query.count) : new FirstLines(query.count);
  const wanted = query.search?.toLowerCase();
  let number = 1;
  for await (const piece of pieces) {
    const first = number;
    number += newlinesBefore(piece.text, piece.text.length);
    if (number <= query.from || (wanted !== undefined && !piece.text.toLowerCase().includes(wanted))) continue;
    let times: readonly number[] | undefined;
    for (const [index, text] of piece.text.split('\n').slice(0, -1).entries()) {
      const at = first + index;
      if (at < query.from || (wanted !== undefined && !text.toLowerCase().includes(wanted))) continue;
      times ??= piece.times() ?? [];
      if (!lines.add({ number: at, text, time: timeOf(times[index]) })) {
        return { lines: lines.all(), next: at, more: true };
      }
    }
  }
  return { lines: lines.all(), next: Math.max(number, query.from), more: false };
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

/** In the form of the API. @param at in milliseconds since the Unix epoch */
export function timeOf(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

/** A piece of a log with each line's time before it, or `-` where that was not stored. */
export function withTimes({ text, times }: LogPiece): string {
  const all = times() ?? [];
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, index) => `${timeOf(all[index]) ?? '-'} ${line}\n`).join('');
}
