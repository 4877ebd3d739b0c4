import { endStates, isEnded } from '../../domain/build.ts';
import type { BuildEventType } from '../../domain/build-event.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
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

/**
 * The events of one build after `after`, until it has ended or `signal` aborts.
 * @throws BuildNotFound
 */
export async function* followBuildEvents(
  { after, buildId }: { readonly after: number; readonly buildId: string },
  feed: EventFeed,
  { store, clock }: FeedParts,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  let last = after;
  let ended = isEnded(await retryUntilAvailable(() => requireBuild(store, buildId), clock, signal));
  for await (const event of feed.after({ after, buildId }, signal)) {
    if (event !== 'none') {
      yield event;
      last = event.id;
      ended = endings.get(event.type) ?? ended;
    } else if (ended && !(await hasMore())) {
      yield streamEvent(undefined, 'end', {});
      return;
    }
  }

  /** Whether the store has events, recorded with the end or just after it, that the feed has not read yet. */
  async function hasMore(): Promise<boolean> {
    const query = { buildId, after: last, limit: 1 };
    return (await retryUntilAvailable(() => store.events(query), clock, signal)).length > 0;
  }
}
