import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { backoff } from '../domain/retry.ts';
import { systemClock } from '../ports/clock.ts';
import type { Connection } from './connection.ts';

/** An event of a stream; `id` is the position after it. */
export interface StreamedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

/** Where a stream starts, and how persistently it reconnects. */
export interface StreamOptions {
  /** Id of the last event received. @default none: from the beginning */
  readonly lastId?: string | undefined;
  /** Ends the stream. */
  readonly signal?: AbortSignal | undefined;
  /** How long to keep trying while the service does not respond, in milliseconds. @default 600000 */
  readonly patience?: number | undefined;
  /** Wait before the first reconnection, in milliseconds; doubled each time, up to 10,000. @default 250 */
  readonly firstPause?: number | undefined;
  /** Called each time that the stream broke and is about to reconnect. */
  readonly onBreak?: ((reason: TwinhullError | undefined) => void) | undefined;
}

const longestPause = 10_000;

/**
 * The events of a stream to its end, without gaps or repeats across broken connections.
 *
 * @throws ServerUnreachable, or the last other failure, after `patience`; permanent failures such as TokenInvalid or
 * BuildNotFound at once
 */
export async function* readStream(
  connection: Connection,
  url: string,
  { lastId, signal, patience = 600_000, firstPause = 250, onBreak }: StreamOptions = {},
): AsyncGenerator<StreamedEvent> {
  let last = lastId;
  let reachedAt = Date.now();
  for (let breaks = 0; !signal?.aborted; breaks += 1) {
    let reason: TwinhullError | undefined;
    try {
      const headers = { accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) };
      const response = await connection.request(url, { method: 'GET', headers, signal });
      if (response.status === 204) return;
      try {
        for await (const event of eventsOf(response, connection)) {
          if (event.type === 'end') return;
          breaks = 0;
          last = event.id;
          yield event;
        }
      } finally {
        // The connection was alive until now, however long ago the response began.
        reachedAt = Date.now();
      }
    } catch (error) {
      if (signal?.aborted) return;
      reason = connection.unreachable(error);
      if (!mayGoAway(reason) || Date.now() - reachedAt > patience) throw reason;
    }
    onBreak?.(reason);
    await systemClock.sleep(backoff(breaks + 1, { first: firstPause, longest: longestPause }), signal);
  }
}

async function* eventsOf(response: Response, connection: Connection): AsyncGenerator<StreamedEvent> {
  const type = response.headers.get('content-type') ?? 'nothing';
  if (!type.startsWith('text/event-stream') || response.body === null)
    throw connection.unsuitable(`the response is ${type} instead of a stream`);
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { id = '', event = 'message', data } of events) {
    try {
      yield { id, type: event, data: JSON.parse(data) as unknown };
    } catch (error) {
      if (error instanceof SyntaxError) throw connection.unsuitable('an event of a stream is not JSON');
      throw error;
    }
  }
}

function mayGoAway({ code, retryable }: TwinhullError): boolean {
  return (retryable && code !== 'ServerRefused') || code === 'TooManyRequests';
}
