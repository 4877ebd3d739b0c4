import type { Attempt, Build } from '../../domain/build.ts';
import type { AttemptObservation } from './decision.ts';
import { attemptNeedsPoll } from './observe.ts';

interface Entry {
  /** Version of the build after the last decision: another version means that it has changed since. */
  readonly version: number;
  readonly dueAt: number;
}

/** Which builds are due: those that changed, and those whose time has come. Losing it costs one poll of every job. */
export class Schedule {
  readonly #entries = new Map<string, Entry>();
  readonly #observedAt = new Map<string, number>();
  readonly #notifiedAt = new Map<string, number>();
  /** Ids of jobs and builds reported as changed since the last pass. */
  #changed = new Set<string>();
  #anyMayHaveChanged = false;
  /** Builds reported as changed and not taken since, because they may have been busy. */
  readonly #awaited = new Set<string>();
  /** Whether the backend is reporting changes. */
  eventsAvailable = false;

  /** @param id of the job or build that changed; without one, any may have changed */
  changed(id?: string): void {
    if (id === undefined) this.#anyMayHaveChanged = true;
    else this.#changed.add(id);
  }

  /** Begins a pass: marks what was reported until now as due, and drops builds that are no longer open. */
  begin(open: readonly Build[], now: number): void {
    const changed = this.#changed;
    const isReported = (build: Build): boolean => this.#anyMayHaveChanged || isAbout(build, changed);
    for (const build of changed.size > 0 || this.#anyMayHaveChanged ? open.filter(isReported) : []) {
      this.#awaited.add(build.id);
      if (!this.#anyMayHaveChanged) this.#notifiedAt.set(build.id, now);
    }
    this.#changed = new Set();
    this.#anyMayHaveChanged = false;
    const ids = new Set(open.map(({ id }) => id));
    for (const memory of [this.#entries, this.#observedAt, this.#notifiedAt, this.#awaited])
      for (const id of memory.keys()) if (!ids.has(id)) memory.delete(id);
  }

  /** Takes those of `builds` about which to decide now. */
  takeDue(builds: readonly Build[], now: number): readonly Build[] {
    const due = builds.filter((build) => {
      const entry = this.#entries.get(build.id);
      return this.#awaited.has(build.id) || entry?.version !== build.version || entry.dueAt <= now;
    });
    for (const { id } of due) this.#awaited.delete(id);
    return due;
  }

  /** Whether something else than the driver's own decisions changed the build since the last of them. */
  isChangedByOthers({ id, version }: Build): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && entry.version !== version;
  }

  /** When the backend last reported a change of that build. */
  notifiedAt(id: string): number | undefined {
    return this.#notifiedAt.get(id);
  }

  /** Records a poll; builds with a job that was not observed count as not polled. */
  recordPoll(builds: readonly Build[], observations: ReadonlyMap<string, AttemptObservation>, now: number): void {
    for (const build of builds) {
      const attempts = attemptsOf(build).filter(attemptNeedsPoll);
      if (attempts.every(({ name }) => observations.has(name))) this.#observedAt.set(build.id, now);
    }
  }

  /** Has the build decided about again at `dueAt`, or once it changes from how it is now. */
  requeue({ id, version }: Build, dueAt: number): void {
    this.#entries.set(id, { version, dueAt });
  }

  /** Age of the oldest poll among `builds`, in milliseconds; an unpolled build counts from its latest change. */
  lag(builds: readonly Build[], now: number): number {
    const ages = builds.map((build) => now - (this.#observedAt.get(build.id) ?? build.updatedAt));
    return ages.reduce((oldest, age) => Math.max(oldest, age), 0);
  }
}

function isAbout(build: Build, ids: ReadonlySet<string>): boolean {
  return ids.has(build.id) || attemptsOf(build).some(({ backendId }) => backendId !== undefined && ids.has(backendId));
}

function attemptsOf({ jobs }: Build): readonly Attempt[] {
  return jobs.flatMap(({ attempts }) => attempts);
}
