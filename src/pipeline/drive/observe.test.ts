import { expect, it } from 'vitest';
import { type DriverWorld, drive, freshWorld, submit } from '../../../test/helpers/driver-world.ts';
import type { Build } from '../../domain/build.ts';
import { silentReporter } from '../../ports/reporter.ts';
import { requireBuild } from '../change-build.ts';
import { TroubleReporter } from './effect-backoff.ts';
import { observe } from './observe.ts';

/** A build whose jobs are running. */
async function runningBuild(world: DriverWorld): Promise<Build> {
  const { id } = await submit(world);
  const ending = new AbortController();
  const { over } = drive(world, { signal: ending.signal });
  world.clock.after(10_000, () => ending.abort());
  await over;
  return requireBuild(world.store, id);
}

it('skips a job that could not be observed, with one warning, and observes the others', async () => {
  const world = await freshWorld();
  const build = await runningBuild(world);
  const [hidden, seen] = build.jobs.map(({ attempts }) => attempts[0]);
  const hiddenId = String(hidden?.backendId);
  world.backend.hidden.add(hiddenId);
  const warnings: string[] = [];
  const troubles = new TroubleReporter({ warning: (text) => warnings.push(text) });
  const poll = () => observe([build], world.backend, troubles, world.clock.now());
  const observations = await poll();
  expect([...observations]).toEqual([[seen?.name, { job: expect.objectContaining({ id: seen?.backendId }) }]]);
  expect(warnings).toEqual([
    `linux/arm64 job ${hiddenId} could not be described: nothing can be made out of ${hiddenId}`,
  ]);
  await poll();
  expect(warnings).toHaveLength(1);
  world.backend.hidden.clear();
  await poll();
  world.backend.hidden.add(hiddenId);
  await poll();
  expect(warnings).toHaveLength(2);
});

it('looks up the name of an uncertain job together with its end, not while it runs', async () => {
  const world = await freshWorld();
  const build = await runningBuild(world);
  const jobs = build.jobs.map((job) => ({
    ...job,
    attempts: job.attempts.map((attempt) => ({ ...attempt, uncertain: true, sentAt: 0 })),
  }));
  const look = () =>
    observe([{ ...build, jobs }], world.backend, new TroubleReporter(silentReporter), world.clock.now());
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
