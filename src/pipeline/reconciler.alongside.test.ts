import { expect, it } from 'vitest';
import { type DriverWorld, freshWorld } from '../../test/helpers/driver-world.ts';
import { Reconciler } from './reconciler.ts';

/** A driver that says since when, and until when, it did something besides. */
function driver(world: DriverWorld, name: string, news: string[], trouble = false) {
  const reporter = { warning: (text: string) => void world.warnings.push(text) };
  const reconciler = new Reconciler({
    ...world,
    registryFor: () => world.registry,
    reporter,
    alongside: async ({ epoch }, until) => {
      news.push(`${name} from epoch ${epoch}`);
      if (trouble) throw new Error('it broke');
      await world.clock.sleep(1e9, until);
      news.push(`${name} no more`);
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

it('does besides what it was given, while it holds the lease and no longer', async () => {
  const world = await freshWorld();
  const news: string[] = [];
  const first = driver(world, 'first', news);
  await world.clock.sleep(1_000);
  const second = driver(world, 'second', news);
  await world.clock.sleep(60_000);
  expect(news).toEqual(['first from epoch 1']);
  await first.stop();
  await world.clock.sleep(60_000);
  await second.stop();
  expect(news).toEqual(['first from epoch 1', 'first no more', 'second from epoch 2', 'second no more']);
});

it('goes on driving when that fails', async () => {
  const world = await freshWorld();
  const news: string[] = [];
  const only = driver(world, 'only', news, true);
  await world.clock.sleep(60_000);
  expect(await world.store.leaseHolder(world.clock.now())).toMatchObject({ epoch: 1 });
  await only.stop();
  expect(world.warnings).toEqual(['what goes on beside the builds has ended: it broke']);
});
