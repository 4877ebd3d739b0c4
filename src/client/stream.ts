import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { TwinhullError } from '../errors/twinhull-error.ts';
import { systemClock } from '../ports/clock.ts';
import type { Connection } from './connection.ts';

/** An event of a stream; `id` is where to go on after it. */
export interface StreamedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

export interface StreamOptions {
  /** Id of the last event that was seen. @default none: from the beginning */
  readonly lastId?: string | undefined;
  /** Ends the stream. */
  readonly signal?: AbortSignal | undefined;
  /** How long a service that does not answer is waited for, in milliseconds. @default 600000 */
  readonly patience?: number | undefined;
  /** Before a stream is taken up again, in milliseconds; then twice as long each time, up to 10,000. @default 250 */
  readonly firstPause?: number | undefined;
  /** Told each time that the stream broke and will be taken up again. */
  readonly onBreak?: ((reason: TwinhullError | undefined) => void) | undefined;
}

const longestPause = 10_000;

/**
 * The events of a stream to its end, without gap or repeat however often the connection breaks.
 *
 * @throws ServerUnreachable, or what else it was that could not be overcome in `patience`; at once what does not go
 *   away by itself, such as TokenInvalid or BuildNotFound
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
        // It was there until now, however long ago it answered.
        reachedAt = Date.now();
      }
    } catch (error) {
      if (signal?.aborted) return;
      reason = connection.unreachable(error);
      if (!mayGoAway(reason) || Date.now() - reachedAt > patience) throw reason;
    }
    onBreak?.(reason);
    await systemClock.sleep(Math.min(longestPause, firstPause * 2 ** breaks) * (0.75 + Math.random() / 2), signal);
  }
}

async function* eventsOf(response: Response, connection: Connection): AsyncGenerator<StreamedEvent> {
  const type = response.headers.get('content-type') ?? 'nothing';
  if (!type.startsWith('text/event-stream') || response.body === null)
    throw connection.unsuitable(`${type} came instead of a stream`);
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { id = '', event = 'message', data } of events) {
    try {
      yield { id, type: event, data: JSON.parse(data) as unknown };
    } catch (error) {
      if (error instanceof SyntaxError) throw connection.unsuitable('an event of a stream is no JSON');
      throw error;
    }
  }
}

function mayGoAway({ code, retryable }: TwinhullError): boolean {
  return (retryable && code !== 'ServerRefused') || code === 'TooManyRequests';
}
