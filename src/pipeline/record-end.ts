import type { BuildEvent } from '../domain/build-event.ts';
import type { Registry } from '../ports/registry.ts';
import type { BuildSession } from './build-session.ts';
import type { DestinationWatch } from './destination-watch.ts';

/** What is compared before a build's end is recorded. */
export interface EndParts {
  readonly destinations: DestinationWatch;
  readonly registryFor: (repository: string) => Registry;
}

type End = Extract<BuildEvent, { type: 'build.failed' | 'build.cancelled' | 'build.superseded' }>;

/** Whether the event ends a build. */
export function isEnd(event: BuildEvent): event is End {
  return event.type === 'build.failed' || event.type === 'build.cancelled' || event.type === 'build.superseded';
}

/** Records that a build ended without publishing, and which tags appeared in the registry meanwhile. */
export async function recordEnd(session: BuildSession, event: End, parts: EndParts): Promise<void> {
  const appeared = await recordAppeared(session, parts);
  const failed = event.type === 'build.failed' && { failure: { ...event.failure, ...(appeared && { appeared }) } };
  await session.record({ ...event, ...failed });
  parts.destinations.end(session.build);
}

/** Records, once, which tags others put at the destination while the jobs ran; undefined if that was not observed. */
export async function recordAppeared(
  session: BuildSession,
  { destinations, registryFor }: EndParts,
): Promise<readonly string[] | undefined> {
  const found = await destinations.compare(session.build, registryFor(session.build.destination));
  if (found?.isFirst === true && found.tags.length > 0)
    await session.record({ type: 'build.tags-appeared', tags: found.tags });
  return found?.tags;
}
