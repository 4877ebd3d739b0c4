import type { Build } from '../domain/build.ts';
import type { BuildEvent } from '../domain/build-event.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import type { BuildStore, Lease } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Registry } from '../ports/registry.ts';
import { againOnConflict, requireBuild } from './change-build.ts';
import type { DestinationWatch } from './destination-watch.ts';

/**
 * One build while the driver works on it. Concurrent effects record through it in turn, each onto the latest version.
 */
export class BuildSession {
  #build: Build;
  #last: Promise<unknown> = Promise.resolve();
  readonly #store: BuildStore;
  readonly #lease: Lease;
  readonly #clock: Clock;

  constructor(build: Build, parts: { store: BuildStore; lease: Lease; clock: Clock }) {
    this.#build = build;
    this.#store = parts.store;
    this.#lease = parts.lease;
    this.#clock = parts.clock;
  }

  get build(): Build {
    return this.#build;
  }

  /** @throws LeaseLost, BuildConflict when this driver may no longer change the build; StoreUnavailable */
  record(...events: readonly BuildEvent[]): Promise<void> {
    const turn = this.#last.then(async () => {
      this.#build = await this.#store.append(this.#build, events, this.#clock.now(), this.#lease);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Records an event that a concurrent change of the build must not lose, such as the id of a submitted job, onto the
   * latest stored build. This session's copy stays outdated. @throws as `record`
   */
  recordOnLatest(event: BuildEvent): Promise<void> {
    return againOnConflict(async () => {
      const build = await requireBuild(this.#store, this.#build.id);
      await this.#store.append(build, [event], this.#clock.now(), this.#lease);
    });
  }
}

/** Whether the error means that this driver may no longer change the build, or that nothing can be recorded. */
export function endsSession(error: unknown): boolean {
  return (
    TwinhullError.is(error) &&
    (error.code === 'LeaseLost' || error.code === 'BuildConflict' || error.code === 'StoreUnavailable')
  );
}

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
