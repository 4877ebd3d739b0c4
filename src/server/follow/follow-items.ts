import { isEnded } from '../../domain/build.ts';
import { platformSuffix } from '../../domain/platform.ts';
import { type FollowedStore, type FollowItem, type FollowOptions, followBuild } from '../../pipeline/follow.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { eventToJson } from '../streams/event-feed.ts';
import { intervals } from '../streams/intervals.ts';
import { persistently } from '../streams/persistently.ts';
import { type StreamEvent, streamEvent } from '../streams/sse.ts';
import { cursorAfter, type FollowCursor, formatCursor } from './follow-cursor.ts';

export interface FollowWish extends Pick<FollowOptions, 'logs' | 'platform'> {
  readonly id: string;
  readonly from: FollowCursor;
}

/**
 * All that happens to a build, in the order in which a terminal shows it, until it ends or `signal` aborts. A store
 * that is away for a while is waited for.
 * @throws BuildNotFound
 */
export async function* followItems(
  { id, from, ...wish }: FollowWish,
  parts: { readonly store: BuildStore; readonly clock: Clock },
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const store = persistentReads(parts, signal);
  const following = followBuild(id, { ...parts, store }, { ...wish, ...from, interval: intervals.look, signal });
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

/** Whether a follower who has seen so much of a build has seen all that there will be. @throws BuildNotFound, StoreUnavailable */
export async function isAtItsEnd(
  { id, from, ...wish }: FollowWish,
  parts: { readonly store: BuildStore; readonly clock: Clock },
): Promise<boolean> {
  const build = await parts.store.load(id);
  if (build === undefined || !isEnded(build)) return false;
  const { done } = await followBuild(id, parts, { ...wish, ...from }).next();
  return done === true;
}

function persistentReads({ store, clock }: { store: BuildStore; clock: Clock }, signal: AbortSignal): FollowedStore {
  return {
    load: (id) => persistently(() => store.load(id), clock, signal),
    events: (query) => persistently(() => store.events(query), clock, signal),
    readLog: (log, from, limit) => persistently(() => store.readLog(log, from, limit), clock, signal),
  };
}

function dataOf(item: FollowItem): unknown {
  if (item.kind === 'event') return eventToJson(item.event);
  const { platform, attempt, text } = item;
  return { platform: platformSuffix(platform), attempt, text };
}
