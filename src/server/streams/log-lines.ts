import type { BuildStore, LogId } from '../../ports/build-store.ts';
import { StoredLogReader } from './read-log.ts';

/** A line of a log without the builder's marks. */
export interface LogLine {
  /** From 1. */
  readonly number: number;
  /** Without its newline; it may have escape sequences and a carriage return. */
  readonly text: string;
}

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
export async function readLogLines(pieces: AsyncIterable<string>, query: LogLinesQuery): Promise<LogLines> {
  const lines = query.isTail ? new LastLines(query.count) : new FirstLines(query.count);
  const wanted = query.search?.toLowerCase();
  let number = 1;
  for await (const piece of pieces) {
    const first = number;
    number += newlines(piece);
    if (number <= query.from || (wanted !== undefined && !piece.toLowerCase().includes(wanted))) continue;
    for (const [index, text] of piece.split('\n').slice(0, -1).entries()) {
      const line = { number: first + index, text };
      if (line.number < query.from || (wanted !== undefined && !text.toLowerCase().includes(wanted))) continue;
      if (!lines.add(line)) return { lines: lines.all(), next: line.number, more: true };
    }
  }
  return { lines: lines.all(), next: Math.max(number, query.from), more: false };
}

/**
 * The text of a stored log in pieces of whole lines, each with its newline.
 * @param over whether the log is complete: then a last line without a newline is part of it
 * @throws StoreUnavailable
 */
export async function* storedLines(store: BuildStore, log: LogId, over: boolean): AsyncGenerator<string> {
  const reader = new StoredLogReader(store, log);
  for (let found = await reader.next(0); found !== undefined; found = await reader.next(0)) yield found.text;
  const rest = over ? reader.rest() : undefined;
  if (rest !== undefined) yield rest.text;
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

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
