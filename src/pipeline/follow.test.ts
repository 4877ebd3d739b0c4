import { expect, it } from 'vitest';
import { sampleBuild, samplePlan } from '../../test/helpers/sample-builds.ts';
import type { Build } from '../domain/build.ts';
import { type FollowedStore, followBuild } from './follow.ts';

interface World {
  /** What the store has. */
  build: Build | undefined;
  loads: number;
  pauses: number;
  onPause: () => void;
}

/** A store whose build stands still until something is done to it, and a clock that counts the pauses. */
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

it('does not load a build of which nothing is told, but for a look now and then', async () => {
  const { world, follow } = freshStore();
  const leaving = new AbortController();
  world.onPause = () => {
    if (world.pauses === 120) leaving.abort();
  };
  await follow(leaving.signal);
  expect(world).toMatchObject({ pauses: 120, loads: 3 });
});

it('ends where the build was pruned, with all that told of its end', async () => {
  const { world, follow } = freshStore();
  world.onPause = () => {
    world.build = undefined;
  };
  await expect(follow(AbortSignal.timeout(10_000))).rejects.toMatchObject({ code: 'BuildNotFound' });
});
