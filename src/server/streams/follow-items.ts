import { eventToJson } from '../../build-json/event-json.ts';
import { isEnded } from '../../domain/build.ts';
import { platformSuffix } from '../../domain/platform.ts';
import { type FollowedStore, type FollowItem, type FollowOptions, followBuild } from '../../pipeline/follow.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BuildFeed } from './build-feed.ts';
import { cursorAfter, type FollowCursor, formatCursor } from './follow-cursor.ts';
import { retryUntilAvailable } from './retry-until-available.ts';
import { type StreamEvent, streamEvent } from './sse.ts';

/** Which build a client follows, what of it, and from where. */
export interface FollowRequest extends Pick<FollowOptions, 'logs' | 'platform'> {
  readonly id: string;
  readonly from: FollowCursor;
}

/**
 * Everything that happens to a build, in the order in which a terminal shows it, until it ends or `signal` aborts. It
 * waits while the store is unavailable.
 * @throws BuildNotFound
 */
export async function* followItems(
  { id, from, ...options }: FollowRequest,
  feed: BuildFeed,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const pausing = { now: () => clock.now(), sleep: () => feed.pause(signal) };
  const store = persistentReads(feed, clock, signal);
  const following = followBuild(id, { store, clock: pausing }, { ...options, ...from, signal });
  let cursor = from;
  for (;;) {
    const next = await following.next();
    if (next.done) {
      if (isEnded(next.value)) yield streamEvent(undefined, 'end', {});
      return;
    }
    cursor = cursorAfter(cursor, next.value);
    yield streamEvent(formatCursor(cursor), next.value.kind, dataOf(next.value));
  }
}

/**
 * Whether a follower at this position has received everything there will be.
 * @throws BuildNotFound, StoreUnavailable
 */
export async function isAtItsEnd(
  { id, from, ...options }: FollowRequest,
  parts: { readonly store: BuildStore; readonly clock: Clock },
): Promise<boolean> {
  const build = await parts.store.load(id);
  if (build === undefined || !isEnded(build)) return false;
  const { done } = await followBuild(id, parts, { ...options, ...from }).next();
  return done === true;
}

function persistentReads(store: FollowedStore, clock: Clock, signal: AbortSignal): FollowedStore {
  return {
    load: (id) => retryUntilAvailable(() => store.load(id), clock, signal),
    events: (query) => retryUntilAvailable(() => store.events(query), clock, signal),
    readLog: (log, from, limit) => retryUntilAvailable(() => store.readLog(log, from, limit), clock, signal),
  };
}

function dataOf(item: FollowItem): unknown {
  if (item.kind === 'event') return eventToJson(item.event);
  const { platform, attempt, text } = item;
  return { platform: platformSuffix(platform), attempt, text };
}
