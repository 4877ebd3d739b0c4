import { LogParts } from '../../builder/log-parts.ts';
import { storedLog } from '../../pipeline/stored-log.ts';
import type { BuildStore, LogId } from '../../ports/build-store.ts';

/** Whole lines of a log without the builder's marks, and the offset in the stored log to go on from after them. */
export interface LogText {
  readonly text: string;
  readonly next: number;
}

/**
 * Reads one log from its start. All before what is wanted is read too: only so is a line of the builder told from one
 * that a repository's program made to look like it.
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

  /** How far it has read, in bytes. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * The next text that ends after the offset `after`, one that it gave before; undefined when no more is stored yet.
   * @throws StoreUnavailable; then it can be asked again
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

  /** What was left of an ended log without the end of its line. It is told apart from what ends there by one byte more. */
  rest(): LogText | undefined {
    const text = textOf(this.#parts.flush());
    return text === '' ? undefined : { text, next: this.#offset + 1 };
  }

  async #nextChunk(): Promise<string | undefined> {
    const chunks = this.#chunks ?? storedLog(this.#store, this.#log, this.#offset);
    // One that failed, or came to its end, gives nothing more.
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
