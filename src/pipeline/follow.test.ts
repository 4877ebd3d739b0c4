import { expect, it } from 'vitest';
import { sampleBuild, samplePlan } from '../../test/helpers/sample-builds.ts';
import type { Build } from '../domain/build.ts';
import type { BuildEvent } from '../domain/build-event.ts';
import { evolveAll } from '../domain/evolve.ts';
import { type FollowedStore, followBuild } from './follow.ts';

interface World {
  /** The stored build. */
  build: Build | undefined;
  loads: number;
  pauses: number;
  /** Of the last pause, in milliseconds. */
  pause: number;
  onPause: () => void;
}

/** A store whose build does not change by itself, and a clock that counts the pauses. */
function freshStore() {
  const build = sampleBuild(samplePlan());
  const world: World = { build, loads: 0, pauses: 0, pause: 0, onPause: () => undefined };
  const store: FollowedStore = {
    load: () => {
      world.loads += 1;
      return Promise.resolve(world.build);
    },
    events: () => Promise.resolve([]),
    readLog: () => Promise.resolve([]),
  };
  const clock = {
    now: () => 0,
    sleep: (milliseconds: number) => {
      world.pauses += 1;
      world.pause = milliseconds;
      world.onPause();
      return Promise.resolve();
    },
  };
  const follow = (signal: AbortSignal) => followBuild(build.id, { store, clock }, { signal }).next();
  return { world, follow };
}

it('reloads a build without events only occasionally', async () => {
  const { world, follow } = freshStore();
  const leaving = new AbortController();
  world.onPause = () => {
    if (world.pauses === 120) leaving.abort();
  };
  await follow(leaving.signal);
  expect(world).toMatchObject({ pauses: 120, loads: 3 });
});

it('fails with BuildNotFound if the build and its events were pruned', async () => {
  const { world, follow } = freshStore();
  world.onPause = () => {
    world.build = undefined;
  };
  await expect(follow(new AbortController().signal)).rejects.toMatchObject({ code: 'BuildNotFound' });
});

it('polls more often once all jobs have ended', async () => {
  const { world, follow } = freshStore();
  const pauses: number[] = [];
  const leaving = new AbortController();
  world.onPause = () => {
    pauses.push(world.pause);
    if (world.build !== undefined) world.build = withEndedJobs(world.build, pauses.length);
    if (world.pauses === 150) leaving.abort();
  };
  await follow(leaving.signal);
  // The build is loaded after every fiftieth poll.
  expect(new Set(pauses.slice(0, 50))).toEqual(new Set([100]));
  expect(new Set(pauses.slice(100))).toEqual(new Set([20]));
});

it('does not poll more often while a half waits for another attempt', async () => {
  const { world, follow } = freshStore();
  const pauses = new Set<number>();
  const leaving = new AbortController();
  world.onPause = () => {
    pauses.add(world.pause);
    const ended = world.build === undefined ? undefined : withEndedJobs(world.build, 2);
    if (ended !== undefined) world.build = { ...ended, jobs: ended.jobs.map((job) => ({ ...job, state: 'pending' })) };
    if (world.pauses === 150) leaving.abort();
  };
  await follow(leaving.signal);
  expect(pauses).toEqual(new Set([100]));
});

function withEndedJobs(build: Build, count: number): Build {
  const events: BuildEvent[] = build.jobs.slice(0, count).flatMap(({ platform }) => [
    { type: 'job.intended', platform, attempt: 1, name: platform },
    { type: 'job.ended', platform, attempt: 1, result: 'succeeded', finishedAt: 1, phases: [] },
  ]);
  return evolveAll({ ...build, jobs: build.jobs.map((job) => ({ ...job, attempts: [] })) }, events, 1);
}
