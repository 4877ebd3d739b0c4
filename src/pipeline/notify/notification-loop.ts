import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { backoff } from '../../domain/retry.ts';
import type { BuildStore, Lease } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventCursors } from '../../ports/event-cursors.ts';
import type { Notifier, NotifyOutcome } from '../../ports/notifier.ts';
import type { Reporter } from '../../ports/reporter.ts';
import { Backlog } from './backlog.ts';

/** What the loop reads, calls and waits with. */
export interface NotificationLoopParts {
  readonly store: BuildStore;
  readonly cursors: EventCursors;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** Time between two reads of the events, in milliseconds. */
  readonly intervalMilliseconds: number;
}

const page = 500;
/** Milliseconds before the next try after a failed one: doubled each time. */
const pauses = { first: 1_000, longest: 30_000 };
/** Only the leader retries, so jitter has no purpose. */
const inFull = (): number => 1;
/**
 * A build that cannot be delivered for this many milliseconds is given up; otherwise it would hold the cursor forever.
 */
const patience = 24 * 3_600_000;
/** Most notifications of one build in a row while it keeps changing. */
const mostTurns = 3;

type Delivery = NotifyOutcome | { readonly outcome: 'skipped' };

/**
 * Sends the state of every build to a notifier, at least once and in order; states that became outdated during an
 * outage are left out. The cursor in the events moves only past what was delivered, so that the next holder of the
 * lease continues there. No build waits for it.
 */
export class NotificationLoop {
  readonly #parts: NotificationLoopParts;

  constructor(parts: NotificationLoopParts) {
    this.#parts = parts;
  }

  /** Creates the cursor: events recorded from now on are delivered. @throws StoreUnavailable */
  async begin(): Promise<void> {
    await this.#parts.cursors.begin(this.#parts.notifier.name);
  }

  /** Runs until `until` aborts or the lease is lost. */
  async run(lease: Lease, until: AbortSignal): Promise<void> {
    const { clock, reporter, notifier } = this.#parts;
    while (!until.aborted) {
      try {
        await this.#goOn(lease, until);
      } catch (error) {
        if (TwinhullError.is(error, 'LeaseLost')) return;
        reporter.warning(`${notifier.name}: notifications stopped for now: ${reasonOf(error)}`, error);
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
      const delivery = id === undefined ? undefined : await this.#deliver(id, backlog, until);
      // After an abort the outcome is unknown: the next holder of the lease delivers it again.
      if (until.aborted) return;
      inVain = delivery?.outcome === 'later' ? inVain + 1 : 0;
      const pause =
        id === undefined || delivery === undefined ? intervalMilliseconds : this.#settle(id, delivery, backlog, inVain);
      if (backlog.cursor !== moved) {
        await cursors.move(notifier.name, backlog.cursor, lease);
        moved = backlog.cursor;
      }
      await clock.sleep(pause, until);
    }
  }

  /** Reads to the end before anything is delivered; otherwise a long outdated state could be sent. */
  async #readOn(backlog: Backlog): Promise<void> {
    const { store, clock } = this.#parts;
    for (;;) {
      const events = await store.events({ after: backlog.read, limit: page });
      backlog.add(events, clock.now());
      if (events.length < page) return;
    }
  }

  /**
   * Delivers a build's state, and again if it changed meanwhile: a process that was paused between reading the state
   * and sending it has lost the lease, and may have overwritten what its successor sent. So this comes before the
   * cursor moves, which detects a lost lease. Changes during the last turn stay in the backlog.
   */
  async #deliver(id: string, backlog: Backlog, until: AbortSignal): Promise<Delivery> {
    const { notifier, clock } = this.#parts;
    for (let turn = 1; ; turn += 1) {
      const { read } = backlog;
      const delivery = await this.#deliverOnce(id, until);
      if (delivery.outcome !== 'delivered' || turn === mostTurns || until.aborted) return delivery;
      await this.#readOn(backlog);
      if (!backlog.hasChanged(id, read)) return delivery;
      await clock.sleep(notifier.minimumInterval, until);
    }
  }

  /** Skips a build that no longer exists or that the notifier does not handle. */
  async #deliverOnce(id: string, until: AbortSignal): Promise<Delivery> {
    const { store, notifier } = this.#parts;
    const build = await store.load(id);
    if (build === undefined || !notifier.concerns(build)) return { outcome: 'skipped' };
    try {
      return await notifier.notify(build, until);
    } catch (error) {
      return { outcome: 'later', error };
    }
  }

  /** @returns how long to wait before the next delivery, in milliseconds */
  #settle(id: string, delivery: Delivery, backlog: Backlog, inVain: number): number {
    const { clock, reporter, notifier } = this.#parts;
    if (delivery.outcome === 'skipped' || delivery.outcome === 'delivered') {
      backlog.done(id);
      return delivery.outcome === 'delivered' ? notifier.minimumInterval : 0;
    }
    const about = { buildId: id };
    const reason = reasonOf(delivery.error);
    const hint = TwinhullError.is(delivery.error) ? ` (${delivery.error.hint})` : '';
    if (delivery.outcome === 'refused') {
      backlog.done(id);
      reporter.warning(
        `${notifier.name}: notification of build ${id} refused: ${reason}${hint}`,
        delivery.error,
        about,
      );
      return notifier.minimumInterval;
    }
    const now = clock.now();
    const { since, tries } = backlog.postpone(id, now, (trial) => backoff(trial.tries, pauses, inFull));
    if (now - since > patience) {
      backlog.done(id);
      reporter.warning(
        `${notifier.name}: notification of build ${id} given up: ${reason}${hint}`,
        delivery.error,
        about,
      );
    } else if (tries === 1) {
      reporter.warning(
        `${notifier.name}: notification of build ${id} delayed: ${reason}${hint}`,
        delivery.error,
        about,
      );
    }
    return Math.max(delivery.after ?? 0, backoff(inVain, pauses, inFull));
  }
}
