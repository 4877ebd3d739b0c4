import { LogParts } from '../../builder/log-parts.ts';
import { storedLog } from '../../pipeline/logs/stored-log.ts';
import type { BuildStore, LogId } from '../../ports/build-store.ts';

/** Whole lines of a log without the builder's marks, and the offset in the stored log from which to continue. */
export interface LogText {
  readonly text: string;
  readonly next: number;
}

/**
 * Reads one log from its start, because only the text before a line shows whether the builder wrote it or a program of
 * the repository imitated one.
 */
export class StoredLogReader {
  readonly #store: BuildStore;
  readonly #log: LogId;
  readonly #parts = new LogParts();
  #chunks: AsyncGenerator<string, undefined> | undefined;
  #offset = 0;

  constructor(store: BuildStore, log: LogId) {
    this.#store = store;
    this.#log = log;
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
      this.#offset += Buffer.byteLength(chunk);
      const text = textOf(this.#parts.push(chunk));
      if (this.#offset > after && text !== '') return { text, next: this.#offset };
    }
  }

  /**
   * The rest of an ended log that has no line end. Its offset is one byte further, to distinguish it from text that
   * ends there.
   */
  rest(): LogText | undefined {
    const text = textOf(this.#parts.flush());
    return text === '' ? undefined : { text, next: this.#offset + 1 };
  }

  async #nextChunk(): Promise<string | undefined> {
    const chunks = this.#chunks ?? storedLog(this.#store, this.#log, this.#offset);
    // An iterator that failed or ended returns nothing more.
    this.#chunks = undefined;
    const next = await chunks.next();
    if (next.done === true) return undefined;
    this.#chunks = chunks;
    return next.value;
  }
}

function textOf(parts: ReturnType<LogParts['push']>): string {
  return parts.map((part) => ('text' in part ? part.text : '')).join('');
}
