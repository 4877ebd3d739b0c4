import { expect, it } from 'vitest';
import { freshWorld, submit } from '../../../test/helpers/driver-world.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { driveForever } from './drive-forever.ts';

it('continues after store failures, and stops when aborted', async () => {
  const world = await freshWorld();
  const { id } = await submit(world);
  let failures = 3;
  const store = new Proxy(world.store, {
    get: (target, key): unknown => {
      if (key === 'acquireLease' && failures-- > 0)
        return () => Promise.reject(new TwinhullError('StoreUnavailable', 'the database is away'));
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const stop = new AbortController();
  const reporter = { warning: (text: string) => world.warnings.push(text) };
  const driving = driveForever({ ...world, store, reporter, registryFor: () => world.registry }, stop.signal);
  while ((await world.store.load(id))?.state !== 'published') await world.clock.sleep(1_000);
  stop.abort();
  await driving.over;
  expect(world.warnings.filter((text) => text.includes('the database is away'))).toHaveLength(3);
  expect(await world.store.leaseHolder(world.clock.now())).toBeUndefined();
});
