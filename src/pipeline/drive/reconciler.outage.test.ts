import { expect, it } from 'vitest';
import {
  type DriverWorld,
  drive,
  freshWorld,
  requireEnded,
  submit,
  within,
} from '../../../test/helpers/driver-world.ts';
import { cancelBuild } from '../change-build.ts';

const minute = 60_000;
const hour = 60 * minute;

/** A world whose registry is down from `from` for `duration`; counts its calls during that time. */
async function outage(from: number, duration: number): Promise<{ readonly world: DriverWorld; calls: () => number }> {
  const world = await freshWorld({ policy: { registryPatienceMilliseconds: 2 * hour } });
  let calls = 0;
  const begin = world.clock.now() + from;
  const isDown = (): boolean => world.clock.now() >= begin && world.clock.now() < begin + duration;
  world.registry.fault = () => {
    if (!isDown()) return undefined;
    calls++;
    return 'lost-before';
  };
  return { world, calls: () => calls };
}

it('makes few calls to a registry that is down for an hour, and warns once per trouble', async () => {
  const { world, calls } = await outage(10_000, hour);
  const { id } = await submit(world);
  await within(world, 3, drive(world).over);
  expect((await requireEnded(world, id)).state).toBe('published');
  // Two images to read back, each after at most 30 s.
  expect(calls()).toBeGreaterThan(2 * 60);
  expect(calls()).toBeLessThan(2 * 4 * 70);
  expect(world.warnings).toHaveLength(2);
  expect(world.warnings[0]).toContain(`build ${id}: reading the images back failed, and is repeated: `);
  const events = await world.store.events({ after: 0, limit: 1_000, buildId: id });
  expect(events.length).toBeLessThan(60);
});

it('cancels a build at once whose effects are held back', async () => {
  const { world } = await outage(10_000, 24 * hour);
  const { id } = await submit(world);
  const { over, reconciler } = drive(world);
  world.clock.after(30 * minute, () => {
    void cancelBuild(id, world).then(() => reconciler.wake());
  });
  await within(world, 2, over);
  const { state, finishedAt = 0, cancelRequestedAt = 0 } = await requireEnded(world, id);
  expect(state).toBe('cancelled');
  expect(finishedAt - cancelRequestedAt).toBeLessThan(5_000);
});

it('warns once of a backend that does not describe jobs for an hour', async () => {
  let isDown = false;
  const world = await freshWorld({
    backend: { fault: (operation) => (isDown && operation === 'describe' ? 'lost-before' : undefined) },
  });
  world.clock.after(10_000, () => (isDown = true));
  world.clock.after(hour, () => (isDown = false));
  const { id } = await submit(world);
  await within(world, 2, drive(world).over);
  expect((await requireEnded(world, id)).state).toBe('published');
  expect(world.warnings.filter((text) => text.includes('could not be described'))).toHaveLength(2);
});
