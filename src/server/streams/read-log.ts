import { LogParts } from '../../builder/log-parts.ts';
import { decodeLineTimes, newlinesBefore } from '../../domain/line-times.ts';
import { storedChunks } from '../../pipeline/logs/stored-log.ts';
import type { BuildStore, LogId, StoredLogChunk } from '../../ports/build-store.ts';

/** Whole lines of a log without the builder's marks, and the offset in the stored log from which to continue. */
export interface LogText {
  readonly text: string;
  readonly next: number;
  /** When each line was printed, in milliseconds since the Unix epoch; undefined where it was stored without times. */
  readonly times: () => readonly number[] | undefined;
}

/** A place between two stored chunks of a log, and what the text before it means for the text after it. */
export interface ReadState {
  /** In bytes. */
  readonly offset: number;
  /** In characters. */
  readonly begin: number;
  /** After the text before this place; copied to continue. */
  readonly parts: LogParts;
}

/**
 * Reads one log from its start, or from a place that another reader came to: only the text before a line shows whether
 * the builder wrote it or a program of the repository imitated one.
 */
export class StoredLogReader {
  readonly #store: BuildStore;
  readonly #log: LogId;
  readonly #parts: LogParts;
  readonly #begin: number;
  #chunks: AsyncGenerator<StoredLogChunk, undefined> | undefined;
  #offset: number;
  #last: ReadChunk | undefined;

  /** @param from where to begin. @default at the start */
  constructor(store: BuildStore, log: LogId, from?: ReadState) {
    this.#store = store;
    this.#log = log;
    this.#parts = from?.parts.copy() ?? new LogParts();
    this.#begin = from?.begin ?? 0;
    this.#offset = from?.offset ?? 0;
  }

  /** The position, in bytes. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * The next text that ends after the offset `after`, which an earlier call returned; undefined when no more is stored
   * yet.
   * @throws StoreUnavailable; the call can then be repeated
   */
  async next(after: number): Promise<LogText | undefined> {
    for (;;) {
      const chunk = await this.#nextChunk();
      if (chunk === undefined) return undefined;
      const { text, lineTimes } = chunk;
      this.#offset += Buffer.byteLength(text);
      const begin = this.#last === undefined ? this.#begin : this.#last.begin + this.#last.text.length;
      this.#last = { text, lineTimes, begin };
      const found = textOf(this.#parts.push(text), this.#last, this.#offset);
      if (this.#offset > after && found.text !== '') return found;
    }
  }

  /**
   * The rest of an ended log that has no line end. Its offset is one byte further, to distinguish it from text that
   * ends there.
   */
  rest(): LogText | undefined {
    const found = this.#last && textOf(this.#parts.flush(), this.#last, this.#offset + 1);
    return found === undefined || found.text === '' ? undefined : found;
  }

  async #nextChunk(): Promise<StoredLogChunk | undefined> {
    const chunks = this.#chunks ?? storedChunks(this.#store, this.#log, this.#offset);
    // An iterator that failed or ended returns nothing more.
    this.#chunks = undefined;
    const next = await chunks.next();
    if (next.done === true) return undefined;
    this.#chunks = chunks;
    return next.value;
  }
}

/** `begin` is where it begins, in characters of the log. */
export interface ReadChunk extends Pick<StoredLogChunk, 'text' | 'lineTimes'> {
  readonly begin: number;
}

/** Times are decoded on demand: most of a log is only passed through. */
export function textOf(
  parts: ReturnType<LogParts['push']>,
  { text, lineTimes, begin }: ReadChunk,
  next: number,
): LogText {
  const texts = parts.filter((part) => 'text' in part);
  const times = (): readonly number[] | undefined => {
    if (lineTimes === undefined) return undefined;
    const all = decodeLineTimes(lineTimes);
    return texts.flatMap((part) => {
      // A line that an earlier chunk began counts as the first of this one.
      const first = newlinesBefore(text, part.at - begin);
      return all.slice(first, first + newlinesBefore(part.text, part.text.length));
    });
  };
  return { text: texts.map((part) => part.text).join(''), next, times };
}
