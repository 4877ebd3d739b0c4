import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createBuild } from '../../../test/contract/build-store/open-store.ts';
import { sampleFailure } from '../../../test/helpers/announced.ts';
import { VirtualClock } from '../../../test/helpers/virtual-clock.ts';
import { openSqliteStores } from '../../adapters/store/sqlite.ts';
import type { Stores } from '../../adapters/store/stores.ts';
import type { Build } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Notifier, NotifyOutcome } from '../../ports/notifier.ts';
import { NotificationLoop } from './notification-loop.ts';

interface Delivered {
  readonly id: string;
  readonly version: number;
  readonly state: Build['state'];
}

/** A fake that answers with `answer` and records what was delivered. */
class FakeNotifier implements Notifier {
  readonly name = 'fake';
  readonly minimumInterval = 1_000;
  readonly delivered: Delivered[] = [];
  answer: (build: Build) => NotifyOutcome = () => ({ outcome: 'delivered' });
  /** Runs before the delivery arrives. */
  onWay: (build: Build) => Promise<void> = async () => undefined;

  concerns({ destination }: Build): boolean {
    return !destination.startsWith('silent');
  }

  async notify(build: Build): Promise<NotifyOutcome> {
    await this.onWay(build);
    const answer = this.answer(build);
    if (answer.outcome === 'delivered')
      this.delivered.push({ id: build.id, version: build.version, state: build.state });
    return answer;
  }
}

interface World {
  readonly clock: VirtualClock;
  readonly stores: Stores;
  readonly notifier: FakeNotifier;
  readonly warnings: string[];
  /** Starts a process that delivers; the previous one has lost the lease. */
  readonly start: () => Promise<{ stop: () => Promise<void> }>;
  readonly record: (id: string, ...events: BuildEvent[]) => Promise<void>;
  readonly build: (destination?: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

async function openWorld(): Promise<World> {
  const clock = new VirtualClock();
  const stores = await openSqliteStores(':memory:');
  const notifier = new FakeNotifier();
  const warnings: string[] = [];
  const { builds: store, cursors } = stores;
  const reporter = {
    warning: (text: string) => {
      warnings.push(text);
    },
  };
  const notificationLoop = new NotificationLoop({
    store,
    cursors,
    notifier,
    clock,
    reporter,
    intervalMilliseconds: 1_000,
  });
  await notificationLoop.begin();
  let processes = 0;
  return {
    clock,
    stores,
    notifier,
    warnings,
    start: async () => {
      processes += 1;
      const lease = (await store.acquireLease(`process ${processes}`, clock.now() + processes * 1e9, 1e6))!;
      const until = new AbortController();
      const over = notificationLoop.run(lease, until.signal);
      return {
        stop: async () => {
          until.abort();
          await over;
        },
      };
    },
    record: async (id, ...events) => {
      await store.append((await store.load(id))!, events, clock.now());
    },
    build: async (destination = `registry.example/${Math.random()}`) => {
      const { build } = await createBuild(store, { key: destination, destination });
      return build.id;
    },
    close: async () => {
      clock.stop();
      await stores.builds.close();
    },
  };
}

async function inWorld(work: (world: World) => Promise<void>): Promise<void> {
  const world = await openWorld();
  try {
    await work(world);
  } finally {
    await world.close();
  }
}

const later: NotifyOutcome = { outcome: 'later', error: new Error('it does not answer') };
const failed: BuildEvent = { type: 'build.failed', failure: sampleFailure };
const states = (world: World, id: string) =>
  world.notifier.delivered.filter((one) => one.id === id).map(({ state }) => state);

it('delivers each state of a build, in order', () =>
  inWorld(async (world) => {
    const process = await world.start();
    const id = await world.build();
    await world.clock.sleep(5_000);
    await world.record(id, failed);
    await world.clock.sleep(5_000);
    await world.record(id, { type: 'build.retried', platforms: ['linux/arm64'] });
    await world.clock.sleep(5_000);
    await process.stop();
    expect(states(world, id)).toEqual(['building', 'failed', 'building']);
    expect(world.warnings).toEqual([]);
  }));

it('delivers after an outage of a minute, and leaves out outdated states', () =>
  inWorld(async (world) => {
    const process = await world.start();
    world.notifier.answer = () => later;
    const [first, second] = [await world.build(), await world.build()];
    await world.clock.sleep(30_000);
    await world.record(first, failed);
    await world.clock.sleep(30_000);
    world.notifier.answer = () => ({ outcome: 'delivered' });
    await world.clock.sleep(60_000);
    await process.stop();
    expect([states(world, first), states(world, second)]).toEqual([['failed'], ['building']]);
    expect(world.warnings).toEqual([
      expect.stringContaining('delayed: it does not answer'),
      expect.stringContaining('delayed'),
    ]);
  }));

it('retries after the requested time', () =>
  inWorld(async (world) => {
    const tries: number[] = [];
    world.notifier.answer = () => {
      tries.push(world.clock.now());
      return tries.length === 1 ? { ...later, after: 300_000 } : { outcome: 'delivered' };
    };
    const process = await world.start();
    await world.build();
    await world.clock.sleep(400_000);
    await process.stop();
    expect(tries).toHaveLength(2);
    expect(tries[1]! - tries[0]!).toBeGreaterThanOrEqual(300_000);
  }));

it('skips a refused notification with a hint in the log, and continues', () =>
  inWorld(async (world) => {
    const error = new TwinhullError('GitHubRefused', 'no such commit', { hint: 'push it' });
    world.notifier.answer = ({ destination }) =>
      destination === 'registry.example/bad' ? { outcome: 'refused', error } : { outcome: 'delivered' };
    const process = await world.start();
    const [bad, good] = [await world.build('registry.example/bad'), await world.build()];
    await world.clock.sleep(10_000);
    await process.stop();
    expect([states(world, bad), states(world, good)]).toEqual([[], ['building']]);
    expect(world.warnings).toEqual([`fake: notification of build ${bad} refused: no such commit (push it)`]);
  }));

it('does not delay others for a notification that never succeeds, and gives up after a day', () =>
  inWorld(async (world) => {
    const process = await world.start();
    const bad = await world.build('registry.example/bad');
    world.notifier.answer = ({ id }) => (id === bad ? later : { outcome: 'delivered' });
    await world.clock.sleep(120_000);
    const good = await world.build();
    await world.clock.sleep(60_000);
    expect(states(world, good)).toEqual(['building']);
    expect(await world.stores.cursors.begin('fake')).toBe(0);
    await world.clock.sleep(25 * 3_600_000);
    await process.stop();
    expect(world.warnings.at(-1)).toMatch(`notification of build ${bad} given up`);
    expect(await world.stores.cursors.begin('fake')).toBe(await world.stores.builds.lastSequence());
  }));

it('does nothing after it has lost the lease', () =>
  inWorld(async (world) => {
    const paused = await world.start();
    const process = await world.start();
    const id = await world.build();
    await world.clock.sleep(60_000);
    await world.record(id, failed);
    await world.clock.sleep(60_000);
    await paused.stop();
    await process.stop();
    // The process that lost the lease may deliver once more, but never a false state.
    expect(states(world, id).filter((state, at, all) => state !== all[at - 1])).toEqual(['building', 'failed']);
    expect(states(world, id).length).toBeLessThanOrEqual(3);
  }));

it('overwrites what a paused process sent after losing the lease', () =>
  inWorld(async (world) => {
    let resume = (): void => undefined;
    const pause = new Promise<void>((resolve) => {
      resume = resolve;
    });
    world.notifier.onWay = () => {
      world.notifier.onWay = async () => undefined;
      return pause;
    };
    const paused = await world.start();
    const id = await world.build();
    await world.clock.sleep(60_000);
    await world.record(id, failed);
    const process = await world.start();
    await world.clock.sleep(60_000);
    expect(states(world, id)).toEqual(['failed']);
    resume();
    await world.clock.sleep(60_000);
    await paused.stop();
    await process.stop();
    expect(states(world, id)).toEqual(['failed', 'building', 'failed']);
  }));

it('does not delay others for a build that changes constantly', () =>
  inWorld(async (world) => {
    const busy = await world.build();
    world.notifier.onWay = async ({ id }) => {
      if (id === busy) await happen(world, busy);
    };
    const process = await world.start();
    const other = await world.build();
    await world.clock.sleep(30_000);
    await process.stop();
    expect(states(world, busy).length).toBeGreaterThan(3);
    expect(states(world, other)).toEqual(['building']);
  }));

/** Steps that change the world, a second or more apart. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('event' as const), build: fc.nat({ max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 90 }) }) },
  { weight: 2, arbitrary: fc.constantFrom({ do: 'crash' as const }, { do: 'stop' as const }) },
  { weight: 2, arbitrary: fc.constantFrom({ do: 'down' as const }, { do: 'lost' as const }, { do: 'up' as const }) },
);

it('delivers the latest state of every build in the end, and never an older one after a newer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) =>
      inWorld(async (world) => {
        const ids = [await world.build(), await world.build(), await world.build(), await world.build('silent/x')];
        let process = await world.start();
        for (const each of steps) {
          if (each.do === 'wait') await world.clock.sleep(each.seconds * 1_000);
          if (each.do === 'event') await happen(world, ids[each.build]!);
          if (each.do === 'down') world.notifier.answer = () => later;
          if (each.do === 'up') world.notifier.answer = () => ({ outcome: 'delivered' });
          // Delivered, but the answer is lost.
          if (each.do === 'lost')
            world.notifier.answer = ({ id, version, state }) => {
              world.notifier.delivered.push({ id, version, state });
              return later;
            };
          if (each.do === 'stop') await process.stop();
          if (each.do === 'crash' || each.do === 'stop') process = await world.start();
        }
        world.notifier.answer = () => ({ outcome: 'delivered' });
        await world.clock.sleep(120_000);
        await process.stop();
        for (const id of ids) {
          const delivered = world.notifier.delivered.filter((one) => one.id === id);
          const build = (await world.stores.builds.load(id))!;
          expect(delivered.at(-1)?.state).toBe(build.destination === 'silent/x' ? undefined : build.state);
          expect(delivered.map(({ version }) => version)).toEqual(
            delivered.map(({ version }) => version).sort((a, b) => a - b),
          );
        }
        expect(await world.stores.cursors.begin('fake')).toBe(await world.stores.builds.lastSequence());
      }),
    ),
    { numRuns: 30 },
  );
}, 120_000);

/** The next event of a build: it fails, is retried, fails again. */
async function happen({ record, stores }: World, id: string): Promise<void> {
  const ended = (await stores.builds.load(id))!.state !== 'building';
  await record(id, ended ? { type: 'build.retried', platforms: ['linux/arm64'] } : failed);
}
