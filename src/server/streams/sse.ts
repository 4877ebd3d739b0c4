import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../ports/clock.ts';
import { intervals } from './intervals.ts';

/**
 * An event in its sent form, encoded once for all receivers:
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export interface StreamEvent {
  readonly wire: Buffer;
}

/**
 * @param id that a client sends as Last-Event-ID to resume after it
 * @param data sent as JSON, so that no line end in it can break the stream
 */
export function streamEvent(id: number | string | undefined, type: string, data: unknown): StreamEvent {
  const idLine = id === undefined ? '' : `id: ${String(id)}\n`;
  return { wire: Buffer.from(`${idLine}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`) };
}

/** Whether the client asked for a stream rather than a page. */
export function wantsStream({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers.accept?.includes('text/event-stream') ?? false;
}

/** Stops a client from reconnecting to a stream that has ended. */
export function endOfStream(reply: FastifyReply): FastifyReply {
  return reply.code(204).send();
}

/** Responds with the stream, as fast as the client reads it, until `signal` aborts. */
export function sendStream(
  reply: FastifyReply,
  events: AsyncIterable<StreamEvent>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): FastifyReply {
  return (
    reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-cache, no-transform')
      .header('x-accel-buffering', 'no')
      // So that a stopping service need not wait for connections that clients keep open.
      .header('connection', 'close')
      .send(Readable.from(bytes(events, clock, signal), { objectMode: false }))
  );
}

async function* bytes(events: AsyncIterable<StreamEvent>, clock: Clock, signal: AbortSignal): AsyncGenerator<Buffer> {
  // Shows the client at once that it is connected.
  yield comment('twinhull');
  const iterator = events[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (;;) {
      const result = await orQuiet(next, clock);
      if (result === undefined) {
        yield comment('');
        continue;
      }
      if (result.done === true) return;
      yield result.value.wire;
      next = iterator.next();
    }
  } catch (error) {
    // An error after the abort concerns no client.
    if (!signal.aborted) throw error;
  } finally {
    await iterator.return?.();
  }
}

/** @returns undefined when nothing has come for a while; an aborted stream does end */
function orQuiet<T>(next: Promise<T>, clock: Clock): Promise<T | undefined> {
  const came = new AbortController();
  const quiet = clock.sleep(intervals.quiet, came.signal).then(() => undefined);
  // With an explicit reason: Node would create an exception for each event.
  return Promise.race([next, quiet]).finally(() => came.abort('came'));
}

function comment(text: string): Buffer {
  return Buffer.from(`: ${text}\n\n`);
}
