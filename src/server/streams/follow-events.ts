import { endStates, isEnded } from '../../domain/build.ts';
import type { BuildEventType } from '../../domain/build-event.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import type { BuildSnapshots } from './build-snapshots.ts';
import type { EventFeed, FeedParts } from './event-feed.ts';
import { retryUntilAvailable } from './retry-until-available.ts';
import { type StreamEvent, streamEvent } from './sse.ts';

/** Types of the events that end a build, and of the one that starts it again. */
const endings: ReadonlyMap<string, boolean> = new Map<BuildEventType, boolean>([
  ...endStates.map((state) => [`build.${state}`, true] as const),
  ['build.retried', false],
]);

/** The events of all builds after `after`, until `signal` aborts. */
export async function* followEvents(after: number, feed: EventFeed, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  for await (const event of feed.after({ after }, signal)) if (event !== 'none') yield event;
}

/** Which events of one build to stream, and whether with the build itself. */
export interface FollowedBuild {
  readonly after: number;
  readonly buildId: string;
  /** Where set, the build is sent at the beginning, after changes, and before the end. */
  readonly snapshots?: BuildSnapshots | undefined;
}

/**
 * The events of one build after `after`, until it has ended or `signal` aborts.
 * @throws BuildNotFound
 */
export async function* followBuildEvents(
  { after, buildId, snapshots }: FollowedBuild,
  feed: EventFeed,
  { store, clock }: FeedParts,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  let last = after;
  let shown: number | undefined;
  let ended = isEnded(await retryUntilAvailable(() => requireBuild(store, buildId), clock, signal));
  for await (const event of feed.after({ after, buildId }, signal)) {
    if (event !== 'none') {
      yield event;
      last = event.id;
      ended = endings.get(event.type) ?? ended;
      continue;
    }
    const isOver = ended && !(await hasMore());
    // A client may name any number, and later streams must not take its snapshot for a newer one.
    if (snapshots !== undefined && shown !== last)
      yield await snapshots.after(Math.min(last, await feed.latest(signal)));
    shown = last;
    if (!isOver) continue;
    yield streamEvent(undefined, 'end', {});
    return;
  }

  /** Whether the store has events, recorded with the end or just after it, that the feed has not read yet. */
  async function hasMore(): Promise<boolean> {
    const query = { buildId, after: last, limit: 1 };
    return (await retryUntilAvailable(() => store.events(query), clock, signal)).length > 0;
  }
}
