import { LogParts } from '../../builder/log-parts.ts';
import type { BuildStore, LogId } from '../../ports/build-store.ts';

/** Whole lines of a log without the builder's marks, and the offset in the stored log to go on from after them. */
export interface LogText {
  readonly text: string;
  readonly next: number;
}

const chunksAtOnce = 32;

/**
 * Reads one log from its start, telling what comes after `offset` (one that it gave before). All before is read too:
 * only so is a line of the builder told from one that a repository's program made to look like it.
 */
export class StoredLogReader {
  readonly #store: BuildStore;
  readonly #log: LogId;
  readonly #from: number;
  readonly #parts = new LogParts();
  #offset = 0;

  constructor(store: BuildStore, log: LogId, offset: number) {
    this.#store = store;
    this.#log = log;
    this.#from = offset;
  }

  /** What is stored and was not read yet. */
  async *read(): AsyncGenerator<LogText> {
    for (;;) {
      const chunks = await this.#store.readLog(this.#log, this.#offset, chunksAtOnce);
      for (const chunk of chunks) {
        this.#offset = chunk.offset + Buffer.byteLength(chunk.text);
        const text = textOf(this.#parts.push(chunk.text));
        if (this.#offset > this.#from && text !== '') yield { text, next: this.#offset };
      }
      if (chunks.length < chunksAtOnce) return;
    }
  }

  /** What was left of an ended log without the end of its line. */
  rest(): LogText {
    return { text: textOf(this.#parts.flush()), next: this.#offset };
  }
}

function textOf(parts: ReturnType<LogParts['push']>): string {
  return parts.map((part) => ('text' in part ? part.text : '')).join('');
}
