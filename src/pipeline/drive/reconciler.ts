import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import type { Build } from '../../domain/build.ts';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { placesInQueue } from '../../domain/queue.ts';
import type { Lease } from '../../ports/build-store.ts';
import { aborted, type Clock } from '../../ports/clock.ts';
import { DestinationWatch } from '../destination-watch.ts';
import { LogCollector } from '../logs/log-collector.ts';
import { type AdvanceContext, advance } from './advance.ts';
import { changeListener } from './change-listener.ts';
import { type DriverParts, noMeasures } from './driver-parts.ts';
import { EffectBackoff, TroubleReporter } from './effect-backoff.ts';
import { needsPoll, observe } from './observe.ts';
import { Schedule } from './schedule.ts';
import { allotSlots } from './slots.ts';
import { WakeSignal } from './wake-signal.ts';

/** When a run of the reconciler ends. */
export interface ReconcileOptions {
  /** Ends the run: no new effect begins, and those under way are awaited. */
  readonly signal: AbortSignal;
  /** Return when no build is open any more. @default false */
  readonly untilIdle?: boolean;
}

/** Wake-ups wait this many times as long as it took to load all builds: a thousand submits must cause few loads. */
const pausePerLoad = 4;

/** What failed when it was no single effect. */
const wholeBuild = 'advance';

/** Builds polled together, to bound the answers in memory at once: whole hundreds, as Batch takes them. */
const sliceSize = 1_000;

/**
 * How long effects under way may take before another driver gets the lease, in milliseconds: most calls are done by
 * then, and the outcome of the others is unknown to that driver.
 */
const handOver = 1_000;

/**
 * Drives every open build of a store: observe, decide, act, record. Level-triggered: each pass covers the whole state,
 * and a wake-up only makes the next pass come sooner. One driver per store, by its lease; the others wait.
 */
export class Reconciler {
  readonly #parts: DriverParts;
  readonly #owner = `${hostname()}:${String(process.pid)}:${randomBytes(4).toString('hex')}`;
  readonly #wakeSignal = new WakeSignal();
  readonly #underWay = new Map<string, Promise<void>>();
  /** Open builds as they were last read or written; the store reports which of them have changed. */
  #known = new Map<string, Build>();

  constructor(parts: DriverParts) {
    this.#parts = parts;
  }

  /** Starts the next pass at once. */
  wake(): void {
    this.#wakeSignal.wake();
  }

  /**
   * Returns when no effect is under way any more: a caller may then check for leftovers.
   * @throws StoreUnavailable when the store cannot be read or written
   */
  async run(options: ReconcileOptions): Promise<void> {
    try {
      await this.#compete(options);
    } finally {
      await Promise.allSettled(this.#underWay.values());
    }
  }

  async #compete({ signal, untilIdle = false }: ReconcileOptions): Promise<void> {
    const { clock, store, policy } = this.#parts;
    while (!signal.aborted) {
      const lease = await store.acquireLease(this.#owner, clock.now(), policy.leaseMilliseconds);
      if (lease !== undefined) {
        if ((await this.#drive(lease, signal, untilIdle)) === 'idle') return;
        continue;
      }
      if (untilIdle && (await store.open()).length === 0) return;
      await this.#wakeSignal.sleep(clock, policy.leaseMilliseconds / 10, signal);
    }
  }

  async #drive(lease: Lease, signal: AbortSignal, untilIdle: boolean): Promise<'idle' | 'over'> {
    const { backend, store, clock, reporter, policy, measures = noMeasures } = this.#parts;
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    // Each submit that waits for its turn listens for the end; Node takes more than ten listeners for a leak.
    setMaxListeners(0, until);
    const schedule = new Schedule();
    const backoff = new EffectBackoff(policy.intervalMilliseconds);
    const troubles = new TroubleReporter(reporter);
    const wake = (): void => this.wake();
    const destinations = new DestinationWatch(this.#parts);
    const logs = new LogCollector(this.#parts, ({ buildId }) => {
      schedule.changed(buildId);
      wake();
    });
    measures.leaseHeld(true);
    const renewing = this.#renew(lease, until).finally(() => over.abort());
    const watching = backend
      .watch?.(changeListener({ schedule, wake, reporter, measures }), until)
      .catch((error: unknown) => {
        reporter.warning(`the change listener stopped: ${reasonOf(error)}`, error);
      });
    const whileLeader = this.#parts.whileLeader?.(lease, until).catch((error: unknown) => {
      reporter.warning(`the notification loop stopped: ${reasonOf(error)}`, error);
    });
    const passing = this.#passes({ lease, logs, destinations, schedule, backoff, troubles }, until, untilIdle);
    try {
      // A poll of thousands of jobs that is under way must not delay another driver.
      return await Promise.race([passing, aborted(until).then(() => 'over' as const)]);
    } finally {
      over.abort();
      const passed = passing.catch(() => undefined);
      const remaining = Promise.all([
        passed,
        logs.stop(),
        renewing,
        watching,
        whileLeader,
        ...this.#underWay.values(),
      ]).catch((error: unknown) => reporter.warning(`an unfinished action failed: ${reasonOf(error)}`, error));
      await finished(remaining, handOver, clock);
      await store.releaseLease(lease).catch((error: unknown) => {
        reporter.warning(`the lease could not be released: ${reasonOf(error)}`, error);
      });
      measures.leaseHeld(false);
      // A driver that lost the lease competes for it again at once: effects still under way cannot record anything.
      if (signal.aborted || untilIdle) await remaining;
    }
  }

  async #passes(drive: Drive, until: AbortSignal, untilIdle: boolean): Promise<'idle' | 'over'> {
    const { clock, store, policy } = this.#parts;
    while (!until.aborted) {
      const begun = clock.now();
      const open = await store.open(this.#known);
      this.#known = new Map(open.map((build) => [build.id, build]));
      const pause = Math.min((clock.now() - begun) * pausePerLoad, policy.intervalMilliseconds);
      if (open.length === 0 && untilIdle && this.#underWay.size === 0) return 'idle';
      await this.#pass(open, begun, drive, until);
      if (pause > 0) await clock.sleep(pause, until);
      await this.#wakeSignal.sleep(clock, policy.intervalMilliseconds - pause, until);
    }
    return 'over';
  }

  async #pass(open: readonly Build[], begun: number, drive: Drive, until: AbortSignal): Promise<void> {
    const { backend, clock, store, measures = noMeasures } = this.#parts;
    const { schedule, backoff, troubles } = drive;
    const places = placesInQueue(open.some(isWaiting) ? await store.queue() : []);
    const isOver = (): boolean => until.aborted;
    if (isOver()) return;
    const idle = open.filter((build) => !this.#underWay.has(build.id));
    const slots = allotSlots(open, backend.features.maxConcurrentJobs);
    const now = clock.now();
    schedule.begin(open, now);
    backoff.keep(this.#known);
    const due = schedule.takeDue(idle, now);
    const advanceAll = (builds: readonly Build[], observations: AdvanceContext['observations'], now: number): void => {
      for (const build of builds) {
        if (schedule.isChangedByOthers(build)) backoff.release(build.id);
        const freeSlots = slots.get(build.id) ?? 0;
        const behind = places.get(build.id);
        const { eventsAvailable } = schedule;
        const notifiedAt = schedule.notifiedAt(build.id);
        const seen = { observations, now, freeSlots, behind, eventsAvailable, notifiedAt, signal: until };
        this.#advance(build, drive, seen, places.size > 0);
      }
    };
    // Builds without jobs to poll need not wait for a poll.
    const [watched, others] = partition(due, needsPoll);
    advanceAll(others, new Map(), now);
    for (let from = 0; from < watched.length; from += sliceSize) {
      const slice = watched.slice(from, from + sliceSize);
      const seenAt = clock.now();
      const observations = await observe(slice, backend, troubles, seenAt);
      schedule.recordPoll(slice, observations, seenAt);
      if (isOver()) return;
      advanceAll(slice, observations, seenAt);
    }
    const over = clock.now();
    const lagSeconds = schedule.lag(idle.filter(needsPoll), over) / 1000;
    measures.passed({ seconds: (over - begun) / 1000, open: open.length, polled: watched.length, lagSeconds });
  }

  #advance(
    build: Build,
    { lease, logs, destinations, schedule, backoff }: Drive,
    seen: Omit<AdvanceContext, keyof Drive>,
    hasQueue: boolean,
  ): void {
    const advancing = advance(build, this.#parts, { ...seen, lease, logs, destinations, backoff })
      .then(({ build: after, requeueAfter }) => {
        backoff.succeeded(build.id, wholeBuild);
        schedule.requeue(after, seen.now + requeueAfter);
        if (this.#known.has(after.id)) this.#known.set(after.id, after);
        // Another build may have been waiting for the slots or the tags of one that ended.
        const isLimited = this.#parts.backend.features.maxConcurrentJobs !== undefined;
        if ((isLimited || hasQueue) && after.version !== build.version) this.wake();
      })
      .catch((error: unknown) => this.#advanceFailed(build, error, schedule, backoff))
      .finally(() => this.#underWay.delete(build.id));
    this.#underWay.set(build.id, advancing);
  }

  #advanceFailed(build: Build, error: unknown, schedule: Schedule, backoff: EffectBackoff): void {
    if (TwinhullError.is(error, 'BuildConflict')) return this.wake();
    if (TwinhullError.is(error, 'LeaseLost')) return;
    // Its tags were claimed after the queue was read: it keeps waiting.
    if (isWaiting(build) && TwinhullError.is(error, 'TagInUse')) return;
    const isNew = backoff.failed(build, wholeBuild, error, this.#parts.clock.now());
    schedule.requeue(build, backoff.heldUntil(build.id).get(wholeBuild) ?? 0);
    if (!isNew) return;
    const text = `build ${build.id} could not be advanced, and is tried again: ${reasonOf(error)}`;
    this.#parts.reporter.warning(text, error, { buildId: build.id });
  }

  /** Keeps the lease until `until` aborts; returns early when the lease is lost. */
  async #renew(lease: Lease, until: AbortSignal): Promise<void> {
    const { clock, store, policy, reporter } = this.#parts;
    let held = clock.now();
    for (;;) {
      await clock.sleep(policy.leaseMilliseconds / 3, until);
      if (until.aborted) return;
      try {
        const renewed = await store.acquireLease(this.#owner, clock.now(), policy.leaseMilliseconds);
        if (renewed?.epoch !== lease.epoch) {
          // Another driver had it meanwhile and gave it up: what was renewed is a lease that no drive would release.
          if (renewed !== undefined) await store.releaseLease(renewed);
          return;
        }
        held = clock.now();
      } catch (error) {
        reporter.warning(`the lease could not be renewed: ${reasonOf(error)}`, error);
        if (clock.now() - held > policy.leaseMilliseconds) return;
      }
    }
  }
}

/** The parts that live as long as one holding of the lease. */
interface Drive {
  readonly lease: Lease;
  readonly logs: LogCollector;
  readonly destinations: DestinationWatch;
  readonly schedule: Schedule;
  readonly backoff: EffectBackoff;
  readonly troubles: TroubleReporter;
}

/** Resolves when `work` has ended, or after `milliseconds` at the latest. */
async function finished(work: Promise<unknown>, milliseconds: number, clock: Clock): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, clock.sleep(milliseconds, over.signal)]).finally(() => over.abort());
}

function isWaiting({ state }: Build): boolean {
  return state === 'waiting';
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
