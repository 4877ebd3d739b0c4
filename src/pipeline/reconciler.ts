import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import type { Build } from '../domain/build.ts';
import { reasonOf, TwinhullError } from '../errors/twinhull-error.ts';
import type { Lease } from '../ports/build-store.ts';
import { aborted, type Clock } from '../ports/clock.ts';
import { type AdvanceContext, advance } from './advance.ts';
import { noMeasures } from './driver-measures.ts';
import type { DriverParts } from './driver-parts.ts';
import { hearChanges } from './hear-changes.ts';
import { LogCollector } from './log-collector.ts';
import { Lookout } from './lookout.ts';
import { needsLook, observe } from './observe.ts';
import { allotSlots } from './slots.ts';
import { Wakeup } from './wakeup.ts';

export interface ReconcileOptions {
  /** Ends the run: no new effect begins, what is under way is waited for. */
  readonly signal: AbortSignal;
  /** Return when no build is open any more. @default false */
  readonly untilIdle?: boolean;
}

/** How many times as long as it took to load all builds nobody wakes the driver: a thousand submits must not load them a thousand times. */
const restAfterLoad = 4;

/** Builds that are looked at together, so that thousands of answers need not lie in memory at once: whole hundreds, as Batch takes them. */
const sliceSize = 1_000;

/**
 * How long what is under way may take before the lease goes to another driver, in milliseconds: most calls are done by
 * then, and to that driver the others are calls whose outcome it does not know.
 */
const handOver = 1_000;

/**
 * Drives every open build of a store: observe, decide, act, record. Level-triggered: each pass looks at all that is,
 * and a wake-up only makes the next pass come sooner. One driver a store, by its lease; the others wait.
 */
export class Reconciler {
  readonly #parts: DriverParts;
  readonly #owner = `${hostname()}:${String(process.pid)}:${randomBytes(4).toString('hex')}`;
  readonly #wakeup = new Wakeup();
  readonly #underWay = new Map<string, Promise<void>>();
  /** Open builds as they were last seen or left; the store says which of them have changed. */
  #known = new Map<string, Build>();

  constructor(parts: DriverParts) {
    this.#parts = parts;
  }

  /** Makes the next pass come at once. */
  wake(): void {
    this.#wakeup.ring();
  }

  /** @throws StoreUnavailable when the store cannot be read or written */
  async run({ signal, untilIdle = false }: ReconcileOptions): Promise<void> {
    const { clock, store, policy } = this.#parts;
    while (!signal.aborted) {
      const lease = await store.acquireLease(this.#owner, clock.now(), policy.leaseMilliseconds);
      if (lease !== undefined) {
        if ((await this.#drive(lease, signal, untilIdle)) === 'idle') return;
        continue;
      }
      if (untilIdle && (await store.open()).length === 0) return;
      await this.#wakeup.sleep(clock, policy.leaseMilliseconds / 10, signal);
    }
  }

  async #drive(lease: Lease, signal: AbortSignal, untilIdle: boolean): Promise<'idle' | 'over'> {
    const { backend, store, clock, reporter, policy, measures = noMeasures } = this.#parts;
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    // Each submit that waits its turn listens for the end; node takes more than ten listeners for a leak.
    setMaxListeners(0, until);
    const lookout = new Lookout(policy, backend.features.settleMilliseconds);
    const wake = (): void => this.wake();
    const logs = new LogCollector(this.#parts, ({ buildId }) => {
      lookout.changed(buildId);
      wake();
    });
    measures.leaseHeld(true);
    const renewing = this.#renew(lease, until).finally(() => over.abort());
    const watching = backend
      .watch?.(hearChanges({ lookout, wake, reporter, measures }), until)
      .catch((error: unknown) => {
        reporter.warning(`the backend's changes could not be watched: ${reasonOf(error)}`, error);
      });
    const alongside = this.#parts.alongside?.(lease, until).catch((error: unknown) => {
      reporter.warning(`what goes on beside the builds has ended: ${reasonOf(error)}`, error);
    });
    const passing = this.#passes({ lease, logs, lookout }, until, untilIdle);
    try {
      // A look at thousands of jobs that is under way must not keep another driver waiting.
      return await Promise.race([passing, aborted(until).then(() => 'over' as const)]);
    } finally {
      over.abort();
      const passed = passing.catch(() => undefined);
      const rest = Promise.all([passed, logs.stop(), renewing, watching, alongside, ...this.#underWay.values()]).catch(
        (error: unknown) => reporter.warning(`what was under way did not end well: ${reasonOf(error)}`, error),
      );
      await finished(rest, handOver, clock);
      await store.releaseLease(lease).catch((error: unknown) => {
        reporter.warning(`the lease could not be given back: ${reasonOf(error)}`, error);
      });
      measures.leaseHeld(false);
      // Who lost the lease stands for it again at once: what is still under way can record nothing any more.
      if (signal.aborted || untilIdle) await rest;
    }
  }

  async #passes(drive: Drive, until: AbortSignal, untilIdle: boolean): Promise<'idle' | 'over'> {
    const { clock, store, policy } = this.#parts;
    while (!until.aborted) {
      const begun = clock.now();
      const open = await store.open(this.#known);
      this.#known = new Map(open.map((build) => [build.id, build]));
      const rest = Math.min((clock.now() - begun) * restAfterLoad, policy.intervalMilliseconds);
      if (open.length === 0 && untilIdle && this.#underWay.size === 0) return 'idle';
      await this.#pass(open, begun, drive, until);
      if (rest > 0) await clock.sleep(rest, until);
      await this.#wakeup.sleep(clock, policy.intervalMilliseconds - rest, until);
    }
    return 'over';
  }

  async #pass(open: readonly Build[], begun: number, drive: Drive, until: AbortSignal): Promise<void> {
    const { backend, clock, reporter, measures = noMeasures } = this.#parts;
    const { lookout } = drive;
    const isOver = (): boolean => until.aborted;
    if (isOver()) return;
    const resting = open.filter((build) => !this.#underWay.has(build.id));
    const slots = allotSlots(open, backend.features.maxConcurrentJobs);
    const now = clock.now();
    const advanceAll = (builds: readonly Build[], news: AdvanceContext['news'], now: number): void => {
      for (const build of builds) {
        this.#advance(build, drive, { news, now, freeSlots: slots.get(build.id) ?? 0, signal: until });
      }
    };
    // Where there is nothing to look at yet, nothing has to be waited for.
    const [watched, others] = partition(resting, needsLook);
    advanceAll(others, new Map(), now);
    lookout.begin(open, now);
    const due = lookout.due(watched, now);
    for (let from = 0; from < due.length; from += sliceSize) {
      const slice = due.slice(from, from + sliceSize);
      const seenAt = clock.now();
      const news = await observe(slice, backend, reporter, seenAt);
      lookout.looked(slice, news, seenAt);
      if (isOver()) return;
      advanceAll(slice, news, seenAt);
    }
    const over = clock.now();
    const lagSeconds = lookout.lag(watched, over) / 1000;
    measures.passed({ seconds: (over - begun) / 1000, open: open.length, looked: due.length, lagSeconds });
  }

  #advance(build: Build, { lease, logs, lookout }: Drive, seen: Omit<AdvanceContext, 'lease' | 'logs'>): void {
    const advancing = advance(build, this.#parts, { ...seen, lease, logs })
      .then((after) => {
        lookout.advanced(after);
        if (this.#known.has(after.id)) this.#known.set(after.id, after);
        // Another build may have waited for the slots of one that ended.
        const isLimited = this.#parts.backend.features.maxConcurrentJobs !== undefined;
        if (isLimited && after.version !== build.version) this.wake();
      })
      .catch((error: unknown) => this.#advanceFailed(build, error))
      .finally(() => this.#underWay.delete(build.id));
    this.#underWay.set(build.id, advancing);
  }

  #advanceFailed(build: Build, error: unknown): void {
    if (TwinhullError.is(error, 'BuildConflict')) return this.wake();
    if (TwinhullError.is(error, 'LeaseLost')) return;
    const text = `build ${build.id} could not be taken further: ${reasonOf(error)}`;
    this.#parts.reporter.warning(text, error, { buildId: build.id });
  }

  /** Keeps the lease until `until` aborts; returns early when it was lost. */
  async #renew(lease: Lease, until: AbortSignal): Promise<void> {
    const { clock, store, policy, reporter } = this.#parts;
    let held = clock.now();
    for (;;) {
      await clock.sleep(policy.leaseMilliseconds / 3, until);
      if (until.aborted) return;
      try {
        const renewed = await store.acquireLease(this.#owner, clock.now(), policy.leaseMilliseconds);
        if (renewed?.epoch !== lease.epoch) return;
        held = clock.now();
      } catch (error) {
        reporter.warning(`the lease could not be renewed: ${reasonOf(error)}`, error);
        if (clock.now() - held > policy.leaseMilliseconds) return;
      }
    }
  }
}

/** What one holding of the lease works with. */
interface Drive {
  readonly lease: Lease;
  readonly logs: LogCollector;
  readonly lookout: Lookout;
}

/** Resolves when `work` has ended, at the latest after `milliseconds`. */
async function finished(work: Promise<unknown>, milliseconds: number, clock: Clock): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, clock.sleep(milliseconds, over.signal)]).finally(() => over.abort());
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
