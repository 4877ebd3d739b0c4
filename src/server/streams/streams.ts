import { setMaxListeners } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LogId } from '../../ports/build-store.ts';
import { callerOf } from '../auth/guard.ts';
import type { ServerParts } from '../parts.ts';
import { EventFeed } from './event-feed.ts';
import { followBuildEvents, followEvents } from './follow-events.ts';
import { LogFeed } from './log-feed.ts';
import { Shared } from './shared.ts';
import { type StreamEvent, sendStream } from './sse.ts';
import { TokenWatch } from './token-watch.ts';

/** All streams of a process. Those of events and of logs share what looks into the store; none holds what waits to be sent. */
export class Streams {
  readonly #parts: ServerParts;
  readonly #tokens: TokenWatch;
  readonly #events: Shared<'all', EventFeed>;
  readonly #logs: Shared<LogId, LogFeed>;

  constructor(parts: ServerParts) {
    const { tokens, clock, options } = parts;
    this.#parts = parts;
    this.#tokens = new TokenWatch({ tokens, ...options }, clock, options.stopping);
    this.#events = new Shared<'all', EventFeed>(String, (_, over) => new EventFeed(parts, over));
    this.#logs = new Shared(
      ({ buildId, platform, attempt }) => `${buildId} ${platform} ${String(attempt)}`,
      (log, over) => new LogFeed(log, parts, this.#events, over),
    );
    // Each stream listens for the stop; node takes more than ten listeners for a leak.
    setMaxListeners(0, options.stopping);
  }

  /** Events after `after`, of one build until it has ended, or of all. */
  events(from: { readonly after: number; readonly buildId?: string }, signal: AbortSignal): AsyncIterable<StreamEvent> {
    const { after, buildId } = from;
    return this.#events.using('all', (feed) =>
      buildId === undefined
        ? followEvents(after, feed, signal)
        : followBuildEvents({ after, buildId }, feed, this.#parts, signal),
    );
  }

  /** What comes after an offset of a log, one that a stream of it gave, until the attempt has ended. */
  log(log: LogId, offset: number, signal: AbortSignal): AsyncIterable<StreamEvent> {
    return this.#logs.using(log, (feed) => feed.after(offset, signal));
  }

  /** Answers with a stream that ends when the client goes away, its token is revoked, or the service stops. */
  answer(
    request: FastifyRequest,
    reply: FastifyReply,
    follow: (signal: AbortSignal) => AsyncIterable<StreamEvent>,
  ): FastifyReply {
    const { stopping } = this.#parts.options;
    const over = new AbortController();
    const end = (): void => over.abort();
    reply.raw.once('close', end);
    stopping.addEventListener('abort', end, { once: true });
    over.signal.addEventListener('abort', () => stopping.removeEventListener('abort', end), { once: true });
    // Who went away while the answer was prepared has said so already.
    if (stopping.aborted || reply.raw.destroyed) end();
    const { access } = request.routeOptions.config;
    if (access !== undefined && access !== 'public') this.#tokens.watch(callerOf(request), access, over);
    return sendStream(reply, follow(over.signal), { clock: this.#parts.clock, signal: over.signal });
  }
}
