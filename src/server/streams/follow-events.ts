import { isEnded } from '../../domain/build.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import type { EventFeed, FeedParts } from './event-feed.ts';
import { persistently } from './persistently.ts';
import { type StreamEvent, streamEvent } from './sse.ts';

/** What makes a build ended, and what makes it live again. */
const endings: Readonly<Record<string, boolean>> = {
  'build.published': true,
  'build.failed': true,
  'build.cancelled': true,
  'build.retried': false,
};

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
  let ended = isEnded(await persistently(() => requireBuild(store, buildId), clock, signal));
  for await (const event of feed.after({ after, buildId }, signal)) {
    if (event !== 'none') {
      yield event;
      last = event.id;
      ended = endings[event.type] ?? ended;
    } else if (ended && !(await hasMore())) {
      yield streamEvent(undefined, 'end', {});
      return;
    }
  }

  /** Whether the store has what was recorded with the end, or just after it, and the feed has not seen yet. */
  async function hasMore(): Promise<boolean> {
    const query = { buildId, after: last, limit: 1 };
    return (await persistently(() => store.events(query), clock, signal)).length > 0;
  }
}
