import type { Build } from '../domain/build.ts';
import type { BuildEvent } from '../domain/build-event.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';
import type { BuildStore, Lease } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import { againOnConflict, requireBuild } from './change-build.ts';

/**
 * One build while the driver works on it. Effects that run side by side record through it one after the other, each
 * onto the build that the one before it left.
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

  /** @throws LeaseLost, BuildConflict when this build is no longer ours to change; StoreUnavailable */
  record(...events: readonly BuildEvent[]): Promise<void> {
    const turn = this.#last.then(async () => {
      this.#build = await this.#store.append(this.#build, events, this.#clock.now(), this.#lease);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Records what somebody's change of the build must not make unknown, such as the id of a job that was sent, onto the
   * build as it is by now. This session stays behind it. @throws as `record`
   */
  recordAnew(event: BuildEvent): Promise<void> {
    return againOnConflict(async () => {
      const build = await requireBuild(this.#store, this.#build.id);
      await this.#store.append(build, [event], this.#clock.now(), this.#lease);
    });
  }
}

/** Whether the error means that this build is no longer ours to change, or nothing can be recorded. */
export function endsSession(error: unknown): boolean {
  return (
    TwinhullError.is(error) &&
    (error.code === 'LeaseLost' || error.code === 'BuildConflict' || error.code === 'StoreUnavailable')
  );
}
