import { signal } from '@preact/signals';
import { ApiError } from './api.ts';
import { longestLine } from './log-line.ts';

/** A line of a log, as far as it is shown. */
export interface LogLine {
  readonly text: string;
  /** How many more characters it has. */
  readonly cut: number;
  /** When it was printed, in milliseconds since the Unix epoch; NaN where that was not stored. */
  readonly time: number;
}

/** Reads lines from the index `from` on, at most `limit`; fewer where they are long. */
export type ReadLines = (from: number, limit: number) => Promise<readonly LogLine[]>;

/** Lines are loaded in pages of so many. */
export const pageLines = 500;

/** What is kept of a log, whatever its length: what was shown longest ago is dropped first. */
const mostPages = 40;
const mostCharacters = 6_000_000;

const mostReads = 2;
/** After a read that failed, in milliseconds. */
const pause = 1500;

const missing = { code: 'LogMissing', detail: 'the service has no such line of the log', hint: 'reload the page' };

interface Page {
  readonly lines: LogLine[];
  characters: number;
}

/** The lines of a log that are shown, those around them, and those shown before, within bounds. */
export class LogPages {
  /** Rises when lines have arrived. */
  readonly version = signal(0);
  readonly #read: ReadLines;
  readonly #onFailure: (error: unknown) => void;
  /** By number, the one used last at the end. */
  readonly #pages = new Map<number, Page>();
  readonly #reading = new Set<number>();
  #wanted: readonly number[] = [];
  #count = 0;
  #characters = 0;
  #pausedUntil = 0;
  #isStopped = false;

  constructor(read: ReadLines, onFailure: (error: unknown) => void = () => undefined) {
    this.#read = read;
    this.#onFailure = onFailure;
  }

  /** The line with an index; undefined while it is not loaded. */
  get(index: number): LogLine | undefined {
    return this.#pages.get(Math.floor(index / pageLines))?.lines[index % pageLines];
  }

  /** How much is kept. */
  get size(): { readonly pages: number; readonly characters: number } {
    return { pages: this.#pages.size, characters: this.#characters };
  }

  /** Loads lines by their indexes, ascending, then those around them. @param count how many the log has */
  want(lines: readonly number[], count: number): void {
    this.#count = count;
    const shown = [...new Set(lines.map((line) => Math.floor(line / pageLines)))];
    const around = [(shown.at(-1) ?? 0) + 1, (shown[0] ?? 0) - 1];
    this.#wanted = [...shown, ...around].filter((page) => page >= 0 && page * pageLines < count);
    for (const page of [...this.#wanted].reverse()) this.#use(page);
    this.#pump();
  }

  /** Adds lines that were printed just now, where they follow loaded ones. @param from index of the first */
  append(from: number, lines: readonly LogLine[]): void {
    for (const [at, line] of lines.entries()) {
      const [number, offset] = [Math.floor((from + at) / pageLines), (from + at) % pageLines];
      const isNext = offset === 0 ? this.#pages.has(number - 1) || number === 0 : this.#lengthOf(number) === offset;
      if (isNext && this.#lengthOf(number) === offset) this.#add(number, [line]);
    }
    this.#trim();
  }

  /** Ends its reads. */
  stop(): void {
    this.#isStopped = true;
  }

  #lengthOf(page: number): number {
    return this.#pages.get(page)?.lines.length ?? 0;
  }

  #missing(page: number): number {
    return Math.min(pageLines, this.#count - page * pageLines) - this.#lengthOf(page);
  }

  /** The newest request first: a reader who drags the scroll bar has left the other places. */
  #pump(): void {
    if (this.#isStopped || performance.now() < this.#pausedUntil) return;
    for (const page of this.#wanted) {
      if (this.#reading.size >= mostReads) return;
      if (this.#missing(page) > 0 && !this.#reading.has(page)) void this.#load(page);
    }
  }

  async #load(page: number): Promise<void> {
    this.#reading.add(page);
    const have = this.#lengthOf(page);
    try {
      const lines = await this.#read(page * pageLines + have, this.#missing(page));
      if (lines.length === 0) throw new ApiError(404, missing);
      // Not where lines were added meanwhile, or the page was dropped: these would take the place of others.
      if (this.#lengthOf(page) === have) this.#add(page, lines);
      this.#trim();
      this.version.value += 1;
    } catch (error) {
      this.#pausedUntil = performance.now() + pause;
      setTimeout(() => this.#pump(), pause + 1);
      if (!this.#isStopped) this.#onFailure(error);
    }
    this.#reading.delete(page);
    this.#pump();
  }

  #add(number: number, lines: readonly LogLine[]): void {
    const page = this.#pages.get(number) ?? { lines: [], characters: 0 };
    this.#pages.set(number, page);
    for (const line of lines) {
      page.lines.push(line);
      page.characters += line.text.length;
      this.#characters += line.text.length;
    }
  }

  #use(number: number): void {
    const page = this.#pages.get(number);
    if (page === undefined) return;
    this.#pages.delete(number);
    this.#pages.set(number, page);
  }

  #trim(): void {
    for (const [number, { characters }] of this.#pages) {
      if (this.#pages.size <= mostPages && this.#characters <= mostCharacters) return;
      if (this.#wanted.includes(number)) continue;
      this.#pages.delete(number);
      this.#characters -= characters;
    }
  }
}

/** A line as it is kept: no more of it than is shown. */
export function keptLine(text: string, time: number, cut = 0): LogLine {
  if (text.length <= longestLine) return { text, cut, time };
  // A copy: the piece of a string keeps all of it in memory.
  const beginning = JSON.parse(JSON.stringify(text.slice(0, longestLine))) as string;
  return { text: beginning, cut: cut + text.length - longestLine, time };
}
