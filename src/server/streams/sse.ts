import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** An event of a stream: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface StreamEvent {
  /** What a client sends as Last-Event-ID to go on after it. */
  readonly id: number;
  readonly type: string;
  /** Sent as JSON, so that no line end of it can break the stream. */
  readonly data: unknown;
}

/** `end`: nothing more will come. `quiet`: nothing has come for a while. */
export type StreamItem = StreamEvent | 'quiet' | 'end';

/** Whether the client asked for a stream rather than a page. */
export function wantsStream({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers.accept?.includes('text/event-stream') ?? false;
}

/** Aborts when the client goes away, or the service stops. */
export function streamSignal(reply: FastifyReply, stopping: AbortSignal): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, stopping]);
}

/** Answers with the stream, as fast as the client reads it. */
export function sendStream(reply: FastifyReply, items: AsyncIterable<StreamItem>): FastifyReply {
  return (
    reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-cache, no-transform')
      .header('x-accel-buffering', 'no')
      // So that a service that stops need not wait for what its clients keep open.
      .header('connection', 'close')
      .send(Readable.from(texts(items), { objectMode: false }))
  );
}

async function* texts(items: AsyncIterable<StreamItem>): AsyncGenerator<string> {
  // So that a client sees at once that it is connected.
  yield ': twinhull\n\n';
  for await (const item of items) yield textOf(item);
}

function textOf(item: StreamItem): string {
  if (item === 'quiet') return ': \n\n';
  if (item === 'end') return 'event: end\ndata: {}\n\n';
  return `id: ${String(item.id)}\nevent: ${item.type}\ndata: ${JSON.stringify(item.data)}\n\n`;
}
