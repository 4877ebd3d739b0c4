import { setMaxListeners } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LogId } from '../../ports/build-store.ts';
import { callerOf } from '../auth/guard.ts';
import type { ServerParts } from '../parts.ts';
import { BuildFeed } from './build-feed.ts';
import { BuildSnapshots } from './build-snapshots.ts';
import { EventFeed } from './event-feed.ts';
import { followBuildEvents, followEvents } from './follow-events.ts';
import { type FollowRequest, followItems } from './follow-items.ts';
import { LogFeed } from './log-feed.ts';
import { LogGrowth } from './log-growth.ts';
import { Shared } from './shared.ts';
import { type StreamEvent, sendStream } from './sse.ts';
import { TokenWatch } from './token-watch.ts';

/** Which events a stream sends. */
export interface EventsFrom {
  readonly after: number;
  /** @default all builds */
  readonly buildId?: string;
  readonly withBuild?: boolean;
}

/** All streams of a process. They share the feeds that poll the store; none queues what is to be sent. */
export class Streams {
  readonly #parts: ServerParts;
  readonly #tokens: TokenWatch;
  readonly #events: Shared<'all', EventFeed>;
  readonly #logs: Shared<LogId, LogFeed>;
  readonly #builds: Shared<string, BuildFeed>;
  readonly #snapshots: Shared<string, BuildSnapshots>;

  constructor(parts: ServerParts) {
    const { tokens, sessions, clock, options } = parts;
    this.#parts = parts;
    this.#tokens = new TokenWatch({ tokens, sessions, clock }, options.stopping);
    this.#events = new Shared<'all', EventFeed>(String, (_, over) => new EventFeed(parts, over));
    const growth = new LogGrowth(parts, options.stopping);
    this.#logs = new Shared(
      ({ buildId, platform, attempt }) => `${buildId} ${platform} ${String(attempt)}`,
      (log, over) => new LogFeed(log, { ...parts, growth }, this.#events, over),
    );
    this.#builds = new Shared<string, BuildFeed>(String, (id, over) => new BuildFeed(id, parts, this.#events, over));
    this.#snapshots = new Shared<string, BuildSnapshots>(String, (id, over) => new BuildSnapshots(id, parts, over));
    // Each stream listens for the stop; Node reports more than ten listeners as a leak.
    setMaxListeners(0, options.stopping);
  }

  /** Events after `after`: of one build until it has ended, `withBuild` also the build itself, or of all builds. */
  events({ after, buildId, withBuild = false }: EventsFrom, signal: AbortSignal): AsyncIterable<StreamEvent> {
    return this.#events.using('all', (feed) => {
      if (buildId === undefined) return followEvents(after, feed, signal);
      const follow = (snapshots?: BuildSnapshots): AsyncIterable<StreamEvent> =>
        followBuildEvents({ after, buildId, snapshots }, feed, this.#parts, signal);
      return withBuild ? this.#snapshots.using(buildId, follow) : follow();
    });
  }

  /** The text after an offset that a stream of this log returned, until the attempt has ended. */
  log(log: LogId, offset: number, signal: AbortSignal): AsyncIterable<StreamEvent> {
    return this.#logs.using(log, (feed) => feed.after(offset, signal));
  }

  /** All that happens to a build, in the order of a terminal, until it has ended. */
  follow(request: FollowRequest, signal: AbortSignal): AsyncIterable<StreamEvent> {
    return this.#builds.using(request.id, (feed) => followItems(request, feed, this.#parts.clock, signal));
  }

  /** Responds with a stream that ends when the client disconnects, its token is revoked, or the service stops. */
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
    // The client may have disconnected while the response was prepared, and 'close' is not emitted again.
    if (stopping.aborted || reply.raw.destroyed) end();
    const { access } = request.routeOptions.config;
    if (access !== undefined && access !== 'public') this.#tokens.watch(callerOf(request), access, over);
    return sendStream(reply, follow(over.signal), { clock: this.#parts.clock, signal: over.signal });
  }
}
