import type { Readable } from 'node:stream';
import type { Engine } from './engine.ts';
import { engineError } from './engine-errors.ts';
import { LogLines, type TimedLines } from './log-lines.ts';

/** A chunk is emitted at this many bytes, or this many milliseconds after its first byte. */
const fullChunk = 64 * 1024;
const longestWait = 100;

/** Which part of a container's log to read. */
export interface LogRequest {
  readonly containerId: string;
  readonly follow: boolean;
  /** Only this many last lines. @default all */
  readonly tail?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Opens a container's log. The caller consumes and destroys the stream. */
export async function openLog(engine: Engine, request: LogRequest): Promise<Readable> {
  return await engine.call("read a job's log", (api, late) => {
    const signal = request.signal === undefined ? late : AbortSignal.any([late, request.signal]);
    return api.containerLogs(request.containerId, request, signal);
  });
}

/**
 * The output in `stream` as chunks of whole lines. It reads only as much as the consumer has room for, and destroys the
 * stream when the consumer stops. Ends without error when `signal` aborts.
 *
 * @param final whether to include an incomplete last line
 */
export async function* readLines(
  engine: Engine,
  stream: Readable,
  options: { readonly skip: number; readonly final: boolean; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<TimedLines> {
  const lines = new LogLines(options.skip);
  const events = new StreamEvents(stream, options.signal);
  let since: number | undefined;
  try {
    while (!events.aborted) {
      const data = stream.read() as Buffer | null;
      if (data !== null) lines.add(data);
      else if (events.ended) break;
      since = lines.length === 0 ? undefined : (since ?? performance.now());
      const waited = since === undefined ? 0 : performance.now() - since;
      const isDue = lines.length >= fullChunk || waited >= longestWait;
      const chunk = isDue ? lines.takeLines() : undefined;
      if (isDue) since = undefined;
      if (chunk !== undefined && chunk.bytes.length > 0) yield chunk;
      // Also with much buffered data but no complete line: polling without a pause would block the whole program.
      else if (data === null) await events.next(since === undefined ? undefined : longestWait - waited);
    }
    if (events.error !== undefined && !events.aborted)
      throw engineError(events.error, engine.endpoint, "read a job's log");
    const rest = options.final ? lines.takeAll() : lines.takeLines();
    if (rest.bytes.length > 0 && !events.aborted) yield rest;
  } finally {
    events.stop();
    stream.destroy();
  }
}

/** Collects the events of a stream, and waits for the next one. */
class StreamEvents {
  ended = false;
  error: Error | undefined;
  readonly #stream: Readable;
  readonly #signal: AbortSignal | undefined;
  #wake: (() => void) | undefined;
  #readable = false;

  constructor(stream: Readable, signal: AbortSignal | undefined) {
    this.#stream = stream;
    this.#signal = signal;
    stream.on('readable', this.#onReadable).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onEnd);
    signal?.addEventListener('abort', this.#onEnd);
  }

  get aborted(): boolean {
    return this.#signal?.aborted ?? false;
  }

  /** Resolves with the next event, or after `milliseconds`. */
  async next(milliseconds: number | undefined): Promise<void> {
    if (!this.#readable && !this.ended) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (milliseconds !== undefined) timer = setTimeout(resolve, milliseconds);
      });
      clearTimeout(timer);
      this.#wake = undefined;
    }
    this.#readable = false;
  }

  stop(): void {
    this.#stream.off('readable', this.#onReadable).off('end', this.#onEnd).off('close', this.#onEnd);
    this.#signal?.removeEventListener('abort', this.#onEnd);
  }

  readonly #onReadable = (): void => {
    this.#readable = true;
    this.#wake?.();
  };

  readonly #onEnd = (): void => {
    this.ended = true;
    this.#wake?.();
  };

  // Stays registered after `stop`: an error without a listener would end the program.
  readonly #onError = (error: Error): void => {
    this.error = error;
    this.#onEnd();
  };
}
