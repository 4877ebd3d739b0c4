import { expect, it } from 'vitest';
import { drive, freshWorld, submit, within } from '../../test/helpers/driver-world.ts';
import { expectInvariants } from '../../test/helpers/invariants.ts';

it('records that a build waits for its registry, not each time it asks, however differently each half is told of it', async () => {
  const world = await freshWorld({ policy: { intervalMilliseconds: 10_000 } });
  const { id } = await submit(world);
  world.clock.after(10_000, () => (world.registry.down = true));
  world.clock.after(600_000, () => (world.registry.down = false));
  await within(world, 1, drive(world).over);
  expect((await expectInvariants(world, id)).state).toBe('published');
  const events = await world.store.events({ after: 0, limit: 100_000, buildId: id });
  expect(events.filter(({ event }) => event.type === 'publish.waiting').length).toBeLessThanOrEqual(3);
});
