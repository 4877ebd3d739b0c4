import { expect, it } from 'vitest';
import { type DriverWorld, drive, freshWorld, submit } from '../../test/helpers/driver-world.ts';
import type { Build } from '../domain/build.ts';
import { requireBuild } from './change-build.ts';
import { observe } from './observe.ts';
import { silentReporter } from './reporter.ts';

/** A build whose jobs run. */
async function runningBuild(world: DriverWorld): Promise<Build> {
  const { id } = await submit(world);
  const ending = new AbortController();
  const { over } = drive(world, { signal: ending.signal });
  world.clock.after(10_000, () => ending.abort());
  await over;
  return requireBuild(world.store, id);
}

it('takes a job that could not be seen neither for gone nor for a reason not to see the others', async () => {
  const world = await freshWorld();
  const build = await runningBuild(world);
  const [hidden, seen] = build.jobs.map(({ attempts }) => attempts[0]);
  const hiddenId = String(hidden?.backendId);
  world.backend.hidden.add(hiddenId);
  const warnings: string[] = [];
  const reporter = { warning: (text: string) => warnings.push(text) };
  const news = await observe([build], world.backend, reporter, world.clock.now());
  expect([...news]).toEqual([[seen?.name, { job: expect.objectContaining({ id: seen?.backendId }) }]]);
  expect(warnings).toEqual([`linux/arm64 job ${hiddenId} could not be seen: nothing can be made out of ${hiddenId}`]);
});

it('looks up the name of a job whose send was uncertain with the look that shows its end, not while it runs', async () => {
  const world = await freshWorld();
  const build = await runningBuild(world);
  const jobs = build.jobs.map((job) => ({
    ...job,
    attempts: job.attempts.map((attempt) => ({ ...attempt, uncertain: true, sentAt: 0 })),
  }));
  const look = () => observe([{ ...build, jobs }], world.backend, silentReporter, world.clock.now());
  const names = jobs.map(({ attempts }) => attempts[0]?.name);
  expect([...(await look())].map(([name, { named }]) => [name, named])).toEqual(names.map((name) => [name, undefined]));
  const [ended] = world.backend.jobs;
  ended?.finish(world.clock.now(), { exitCode: 0 });
  const named = [expect.objectContaining({ id: ended?.id })];
  expect((await look()).get(ended?.request.name ?? '')).toEqual({
    job: expect.objectContaining({ id: ended?.id }),
    named,
  });
});
