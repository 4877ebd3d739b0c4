import type { Attempt, Build } from '../domain/build.ts';
import type { AttemptNews } from './decide.ts';
import { lookInterval, type Rhythm } from './look-interval.ts';
import { attemptNeedsLook, mayTurnUp, showsEnd } from './observe.ts';

interface Look {
  /** Of the build as that look left it: another one means that somebody changed it meanwhile. */
  readonly version: number;
  readonly at: number;
  /** Whether it showed a job at its end, or none: as long as that is not recorded, something failed on the way. */
  readonly sawEnd: boolean;
}

/**
 * Keeps in mind when each build's jobs were last looked at, and says whose turn it is. Forgetting all of it costs a look
 * at every job, and nothing else.
 */
export class Lookout {
  readonly #rhythm: Rhythm;
  readonly #settle: number;
  readonly #looks = new Map<string, Look>();
  /** When the backend last told of a change of that build. */
  readonly #toldAt = new Map<string, number>();
  /** Ids of jobs, and of builds, that were told of since the last pass. */
  #changed = new Set<string>();
  #anyMayHaveChanged = false;
  /** Builds that were told of and not seen since: they may have been busy. */
  readonly #awaited = new Set<string>();
  /** Whether the backend tells of changes now. */
  hears = false;

  /** @param settle how long the backend may miss a job that it accepted, in milliseconds */
  constructor(rhythm: Rhythm, settle = 0) {
    this.#rhythm = rhythm;
    this.#settle = settle;
  }

  /** @param id of the job or build that changed; any may have without one */
  changed(id?: string): void {
    if (id === undefined) this.#anyMayHaveChanged = true;
    else this.#changed.add(id);
  }

  /** A pass begins: takes note of what was told until now, and forgets builds that are no longer open. */
  begin(open: readonly Build[], now: number): void {
    const changed = this.#changed;
    const isTold = (build: Build): boolean => this.#anyMayHaveChanged || isAbout(build, changed);
    for (const build of changed.size > 0 || this.#anyMayHaveChanged ? open.filter(isTold) : []) {
      this.#awaited.add(build.id);
      if (!this.#anyMayHaveChanged) this.#toldAt.set(build.id, now);
    }
    this.#changed = new Set();
    this.#anyMayHaveChanged = false;
    const ids = new Set(open.map(({ id }) => id));
    for (const memory of [this.#looks, this.#toldAt, this.#awaited])
      for (const id of memory.keys()) if (!ids.has(id)) memory.delete(id);
  }

  /** Those of `builds` whose jobs are to be looked at now. */
  due(builds: readonly Build[], now: number): readonly Build[] {
    return builds.filter((build) => this.#awaited.has(build.id) || this.#isTime(build, now));
  }

  /** A look whose answers are `news`; builds of which not all was seen stay due. */
  looked(builds: readonly Build[], news: ReadonlyMap<string, AttemptNews>, now: number): void {
    for (const build of builds) {
      const attempts = attemptsOf(build).filter(attemptNeedsLook);
      if (!attempts.every(({ name }) => news.has(name))) continue;
      this.#awaited.delete(build.id);
      const sawEnd = attempts.some(({ name }) => showsEnd(news.get(name)?.job));
      this.#looks.set(build.id, { version: build.version, at: now, sawEnd });
    }
  }

  /** The driver changed the build itself: that alone is no reason to look at its jobs again. */
  advanced({ id, version }: Build): void {
    const look = this.#looks.get(id);
    if (look !== undefined) this.#looks.set(id, { ...look, version });
  }

  /** For how long the one of `builds` that was seen last has not been seen, in milliseconds; those never seen count from their latest change. */
  lag(builds: readonly Build[], now: number): number {
    const ages = builds.map((build) => now - (this.#looks.get(build.id)?.at ?? build.updatedAt));
    return ages.reduce((oldest, age) => Math.max(oldest, age), 0);
  }

  #isTime(build: Build, now: number): boolean {
    const look = this.#looks.get(build.id);
    if (look?.version !== build.version) return true;
    const quiet =
      look.sawEnd || this.#isRestless(build, now)
        ? 0
        : now - Math.max(build.updatedAt, this.#toldAt.get(build.id) ?? 0);
    return now - look.at >= lookInterval(quiet, this.hears, this.#rhythm);
  }

  /** Whether something of the build is to happen that no job's change brings about. */
  #isRestless(build: Build, now: number): boolean {
    const isUnsettled = (attempt: Attempt): boolean => {
      const { released, state, stopping, missingSince } = attempt;
      const isWaitedFor = !released && state !== 'ended' && (stopping ?? missingSince) !== undefined;
      return isWaitedFor || mayTurnUp(attempt, now, this.#settle);
    };
    return build.jobs.some(
      ({ state, attempts }) => state === 'pending' || state === 'built' || attempts.some(isUnsettled),
    );
  }
}

function isAbout(build: Build, ids: ReadonlySet<string>): boolean {
  return ids.has(build.id) || attemptsOf(build).some(({ backendId }) => backendId !== undefined && ids.has(backendId));
}

function attemptsOf({ jobs }: Build): readonly Attempt[] {
  return jobs.flatMap(({ attempts }) => attempts);
}
