import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { ReplicaClient } from './replica-client.ts';

/** How long a replica may take to begin its answer, in milliseconds. */
const patience = 10_000;

/** How long to wait before reconnecting, in milliseconds. */
const pause = 400;

export interface StreamedEvent {
  readonly id: string;
  readonly type: string;
  /** Its parsed JSON. */
  readonly data: unknown;
}

export interface FollowedStream {
  /** In the order of arrival. Grows. */
  readonly events: readonly StreamedEvent[];
  /** How often it was connected. */
  readonly connections: number;
  /** Resolves when the stream sent its end, or was stopped. */
  readonly over: Promise<void>;
  stop(): void;
}

/**
 * Follows a stream as an `EventSource` does: whenever its connection ends, it continues at another replica after the
 * last event that it received, until the stream sends `end`.
 */
export function followStream(client: ReplicaClient, path: string): FollowedStream {
  const events: StreamedEvent[] = [];
  const stop = new AbortController();
  let connections = 0;

  const connect = async (): Promise<boolean> => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), patience);
    const lastId = events.at(-1)?.id;
    const replica = client.turn();
    const response = await fetch(`${replica.url}${path}`, {
      headers: {
        ...(await replica.authorization()),
        accept: 'text/event-stream',
        ...(lastId !== undefined && { 'last-event-id': lastId }),
      },
      signal: AbortSignal.any([stop.signal, late.signal]),
    }).finally(() => clearTimeout(timer));
    if (response.status === 204) return true;
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel();
      return false;
    }
    connections += 1;
    const messages = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    for await (const { id = '', event = '', data } of messages) {
      if (event === 'end') return true;
      events.push({ id, type: event, data: JSON.parse(data) as unknown });
    }
    return false;
  };

  const follow = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      // For any reason: the replica was killed, or does not answer.
      if (await connect().catch(() => false)) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
  return {
    events,
    get connections() {
      return connections;
    },
    over: follow(),
    stop: () => stop.abort(),
  };
}
