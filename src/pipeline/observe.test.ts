import { expect, it } from 'vitest';
import { drive, freshWorld, submit } from '../../test/helpers/driver-world.ts';
import { observe } from './observe.ts';

it('takes a job that could not be seen neither for gone nor for a reason not to see the others', async () => {
  const world = await freshWorld();
  const { id } = await submit(world);
  const ending = new AbortController();
  const { over } = drive(world, { signal: ending.signal });
  world.clock.after(10_000, () => ending.abort());
  await over;
  const build = await world.store.load(id);
  const [hidden, seen] = build?.jobs.map(({ attempts }) => attempts[0]) ?? [];
  const hiddenId = String(hidden?.backendId);
  world.backend.hidden.add(hiddenId);
  const warnings: string[] = [];
  const reporter = { warning: (text: string) => warnings.push(text) };
  const news = await observe(build === undefined ? [] : [build], world.backend, reporter, world.clock.now());
  expect([...news]).toEqual([[seen?.name, { job: expect.objectContaining({ id: seen?.backendId }) }]]);
  expect(warnings).toEqual([`linux/arm64 job ${hiddenId} could not be seen: nothing can be made out of ${hiddenId}`]);
});
