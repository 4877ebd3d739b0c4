import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import type { Build } from '../domain/build.ts';
import { reasonOf, TwinhullError } from '../errors/twinhull-error.ts';
import type { Lease } from '../ports/build-store.ts';
import { type AdvanceContext, advance } from './advance.ts';
import type { DriverParts } from './driver-parts.ts';
import { LogCollector } from './log-collector.ts';
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

/**
 * Drives every open build of a store: observe, decide, act, record. Level-triggered: each pass looks at all that is,
 * and a wake-up only makes the next pass come sooner. One driver a store, by its lease; the others wait.
 */
export class Reconciler {
  readonly #parts: DriverParts;
  readonly #owner = `${hostname()}:${String(process.pid)}:${randomBytes(4).toString('hex')}`;
  readonly #bell = new Wakeup();
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(parts: DriverParts) {
    this.#parts = parts;
  }

  /** Makes the next pass come at once. */
  wake(): void {
    this.#bell.ring();
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
      await this.#bell.sleep(clock, policy.leaseMilliseconds / 10, signal);
    }
  }

  async #drive(lease: Lease, signal: AbortSignal, untilIdle: boolean): Promise<'idle' | 'over'> {
    const { backend, store, reporter } = this.#parts;
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    // Each submit that waits its turn listens for the end; node takes more than ten listeners for a leak.
    setMaxListeners(0, until);
    const logs = new LogCollector(this.#parts, () => this.wake());
    const renewing = this.#renew(lease, until).finally(() => over.abort());
    const watching = backend
      .watch?.(() => this.wake(), until)
      .catch((error: unknown) => {
        reporter.warning(`the backend's changes could not be watched: ${reasonOf(error)}`, error);
      });
    const alongside = this.#parts.alongside?.(lease, until).catch((error: unknown) => {
      reporter.warning(`what goes on beside the builds has ended: ${reasonOf(error)}`, error);
    });
    try {
      return await this.#passes(lease, logs, until, untilIdle);
    } finally {
      over.abort();
      await logs.stop();
      await Promise.all([renewing, watching, alongside, ...this.#underWay.values()]);
      await store.releaseLease(lease).catch((error: unknown) => {
        reporter.warning(`the lease could not be given back: ${reasonOf(error)}`, error);
      });
    }
  }

  async #passes(lease: Lease, logs: LogCollector, until: AbortSignal, untilIdle: boolean): Promise<'idle' | 'over'> {
    const { clock, store, policy } = this.#parts;
    while (!until.aborted) {
      const begun = clock.now();
      const open = await store.open();
      const rest = Math.min((clock.now() - begun) * restAfterLoad, policy.intervalMilliseconds);
      if (open.length === 0 && untilIdle && this.#underWay.size === 0) return 'idle';
      await this.#pass(open, lease, logs, until);
      if (rest > 0) await clock.sleep(rest, until);
      await this.#bell.sleep(clock, policy.intervalMilliseconds - rest, until);
    }
    return 'over';
  }

  async #pass(open: readonly Build[], lease: Lease, logs: LogCollector, until: AbortSignal): Promise<void> {
    const { backend, clock, reporter } = this.#parts;
    const resting = open.filter((build) => !this.#underWay.has(build.id));
    const slots = allotSlots(open, backend.features.maxConcurrentJobs);
    const now = clock.now();
    const advanceAll = (builds: readonly Build[], news: AdvanceContext['news']): void => {
      for (const build of builds) {
        this.#advance(build, { news, now, freeSlots: slots.get(build.id) ?? 0, lease, logs, signal: until });
      }
    };
    // Where there is nothing to look at yet, nothing has to be waited for.
    const [looked, others] = partition(resting, needsLook);
    advanceAll(others, new Map());
    if (looked.length === 0) return;
    const news = await observe(looked, backend, reporter);
    if (!until.aborted) advanceAll(looked, news);
  }

  #advance(build: Build, context: AdvanceContext): void {
    const advancing = advance(build, this.#parts, context)
      .then((after) => {
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
    this.#parts.reporter.warning(`build ${build.id} could not be taken further: ${reasonOf(error)}`, error);
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

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
