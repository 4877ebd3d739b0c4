import { expect, it } from 'vitest';
import { type DriverWorld, freshWorld } from '../../../test/helpers/driver-world.ts';
import { Reconciler } from './reconciler.ts';

/** A driver that records when its `whileLeader` work begins and ends. */
function driver(world: DriverWorld, name: string, log: string[], trouble = false) {
  const reporter = { warning: (text: string) => void world.warnings.push(text) };
  const reconciler = new Reconciler({
    ...world,
    registryFor: () => world.registry,
    reporter,
    whileLeader: async ({ epoch }, until) => {
      log.push(`${name} from epoch ${epoch}`);
      if (trouble) throw new Error('it broke');
      await world.clock.sleep(1e9, until);
      log.push(`${name} no more`);
    },
  });
  const stop = new AbortController();
  const over = reconciler.run({ signal: stop.signal });
  return {
    stop: async () => {
      stop.abort();
      await over;
    },
  };
}

it('runs its additional work only while it holds the lease', async () => {
  const world = await freshWorld();
  const log: string[] = [];
  const first = driver(world, 'first', log);
  await world.clock.sleep(1_000);
  const second = driver(world, 'second', log);
  await world.clock.sleep(60_000);
  expect(log).toEqual(['first from epoch 1']);
  await first.stop();
  await world.clock.sleep(60_000);
  await second.stop();
  expect(log).toEqual(['first from epoch 1', 'first no more', 'second from epoch 2', 'second no more']);
});

it('continues driving if that work fails', async () => {
  const world = await freshWorld();
  const log: string[] = [];
  const only = driver(world, 'only', log, true);
  await world.clock.sleep(60_000);
  expect(await world.store.leaseHolder(world.clock.now())).toMatchObject({ epoch: 1 });
  await only.stop();
  expect(world.warnings).toEqual(['the notification loop stopped: it broke']);
});

it('leaves no lease behind when it is stopped after another driver had the lease', async () => {
  const world = await freshWorld();
  const { store, clock, policy } = world;
  const stop = new AbortController();
  const acquireLease: typeof store.acquireLease = async (...words) => {
    const lease = await store.acquireLease(...words);
    if (lease?.epoch === 3) stop.abort();
    return lease;
  };
  const acquiring = new Proxy(store, {
    get: (target, key) => {
      const value: unknown = key === 'acquireLease' ? acquireLease : Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const reporter = { warning: (text: string) => void world.warnings.push(text) };
  const reconciler = new Reconciler({ ...world, store: acquiring, registryFor: () => world.registry, reporter });
  const over = reconciler.run({ signal: stop.signal });
  await clock.sleep(100);
  for (const next of [() => store.leaseHolder(clock.now()), () => store.acquireLease('another', clock.now(), 1_000)]) {
    const lease = await next();
    if (lease !== undefined) await store.releaseLease(lease);
  }
  await clock.sleep(policy.leaseMilliseconds);
  await over;
  expect(stop.signal.aborted).toBe(true);
  expect(await store.leaseHolder(clock.now())).toBeUndefined();
});
