import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';
import type { BuildStore, Lease } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventCursors } from '../../ports/event-cursors.ts';
import type { Notifier, NotifyOutcome } from '../../ports/notifier.ts';
import type { Reporter } from '../reporter.ts';
import { Backlog } from './backlog.ts';

export interface AnnouncerParts {
  readonly store: BuildStore;
  readonly cursors: EventCursors;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** How long to wait between two looks at the events, in milliseconds. */
  readonly intervalMilliseconds: number;
}

const page = 500;
/** Milliseconds before the next try, after one in vain: doubled each time. */
const pauses = { first: 1_000, longest: 30_000 };
/** After so many milliseconds in vain a build is given up, so that the events are not read from there for ever. */
const patience = 24 * 3_600_000;
/** How often a build is told of at a time, where it has had news meanwhile. */
const mostTurns = 3;

type Told = NotifyOutcome | { readonly outcome: 'skipped' };

/**
 * Tells a notifier how every build stands, whatever befalls: at least once, each build's states in their order, and what
 * was overtaken while nobody listened not at all. It reads the events from a cursor that moves only past what was told,
 * so that whoever has the lease next begins there. No build ever waits for it.
 */
export class Announcer {
  readonly #parts: AnnouncerParts;

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
  }

  /** Sees to it that what is recorded from now on is told. @throws StoreUnavailable */
  async begin(): Promise<void> {
    await this.#parts.cursors.begin(this.#parts.notifier.name);
  }

  /** Goes on until `until` aborts or the lease is lost. */
  async run(lease: Lease, until: AbortSignal): Promise<void> {
    const { clock, reporter, notifier } = this.#parts;
    while (!until.aborted) {
      try {
        await this.#goOn(lease, until);
      } catch (error) {
        if (TwinhullError.is(error, 'LeaseLost')) return;
        reporter.warning(`${notifier.name}: news of builds cannot be told now: ${reasonOf(error)}`, error);
        await clock.sleep(pauses.longest / 10, until);
      }
    }
  }

  async #goOn(lease: Lease, until: AbortSignal): Promise<void> {
    const { cursors, notifier, clock, intervalMilliseconds } = this.#parts;
    const backlog = new Backlog(await cursors.begin(notifier.name));
    let moved = backlog.cursor;
    let inVain = 0;
    for (;;) {
      await this.#readOn(backlog);
      const id = until.aborted ? undefined : backlog.next(clock.now());
      const told = id === undefined ? undefined : await this.#tell(id, backlog, until);
      // What an abort interrupted may have been told or not: whoever comes next tells it again.
      if (until.aborted) return;
      inVain = told?.outcome === 'later' ? inVain + 1 : 0;
      const pause =
        id === undefined || told === undefined ? intervalMilliseconds : this.#settle(id, told, backlog, inVain);
      if (backlog.cursor !== moved) {
        await cursors.move(notifier.name, backlog.cursor, lease);
        moved = backlog.cursor;
      }
      await clock.sleep(pause, until);
    }
  }

  /** All that there is, before anything of it is told: else a state could be told that was overtaken long ago. */
  async #readOn(backlog: Backlog): Promise<void> {
    const { store, clock } = this.#parts;
    for (;;) {
      const events = await store.events({ after: backlog.read, limit: page });
      backlog.add(events, clock.now());
      if (events.length < page) return;
    }
  }

  /**
   * Tells of a build, and again where it has had news meanwhile: a process that was paused between reading how the build
   * stands and telling it has lost the lease, and may have hidden what the next one told. So this comes before the cursor
   * moves, where the lost lease is noticed. News that come in the last turn are read when the backlog is.
   */
  async #tell(id: string, backlog: Backlog, until: AbortSignal): Promise<Told> {
    const { notifier, clock } = this.#parts;
    for (let turn = 1; ; turn += 1) {
      const { read } = backlog;
      const told = await this.#tellOnce(id, until);
      if (told.outcome !== 'told' || turn === mostTurns || until.aborted) return told;
      await this.#readOn(backlog);
      if (!backlog.hasNews(id, read)) return told;
      await clock.sleep(notifier.pace, until);
    }
  }

  /** A build that is gone, or none of the notifier's, counts as told. */
  async #tellOnce(id: string, until: AbortSignal): Promise<Told> {
    const { store, notifier } = this.#parts;
    const build = await store.load(id);
    if (build === undefined || !notifier.concerns(build)) return { outcome: 'skipped' };
    try {
      return await notifier.tell(build, until);
    } catch (error) {
      return { outcome: 'later', error };
    }
  }

  /** @returns how long to wait before anything else is told */
  #settle(id: string, told: Told, backlog: Backlog, inVain: number): number {
    const { clock, reporter, notifier } = this.#parts;
    if (told.outcome === 'skipped' || told.outcome === 'told') {
      backlog.done(id);
      return told.outcome === 'told' ? notifier.pace : 0;
    }
    const about = { buildId: id };
    const reason = reasonOf(told.error);
    const hint = TwinhullError.is(told.error) ? ` (${told.error.hint})` : '';
    if (told.outcome === 'refused') {
      backlog.done(id);
      reporter.warning(`${notifier.name}: build ${id} cannot be told of: ${reason}${hint}`, told.error, about);
      return notifier.pace;
    }
    const now = clock.now();
    const { since, tries } = backlog.postpone(id, now, (trial) => backoff(trial.tries));
    if (now - since > patience) {
      backlog.done(id);
      reporter.warning(`${notifier.name}: build ${id} is not told of any more: ${reason}${hint}`, told.error, about);
    } else if (tries === 1) {
      reporter.warning(`${notifier.name}: build ${id} is told of later: ${reason}${hint}`, told.error, about);
    }
    return Math.max(told.after ?? 0, backoff(inVain));
  }
}

function backoff(tries: number): number {
  return Math.min(pauses.longest, pauses.first * 2 ** (tries - 1));
}
