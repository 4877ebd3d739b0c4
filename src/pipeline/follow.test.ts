import { expect, it } from 'vitest';
import { sampleBuild, samplePlan } from '../../test/helpers/sample-builds.ts';
import type { Build } from '../domain/build.ts';
import { type FollowedStore, followBuild } from './follow.ts';

interface World {
  /** The stored build. */
  build: Build | undefined;
  loads: number;
  pauses: number;
  onPause: () => void;
}

/** A store whose build does not change by itself, and a clock that counts the pauses. */
function freshStore() {
  const build = sampleBuild(samplePlan());
  const world: World = { build, loads: 0, pauses: 0, onPause: () => undefined };
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
    sleep: () => {
      world.pauses += 1;
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
