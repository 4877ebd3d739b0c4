import { join } from 'node:path';
import { expect } from 'vitest';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import type { E2eBed } from './e2e-bed.ts';
import type { BuilderWatch } from './e2e-builder-watch.ts';
import { expectPublished, registryOf } from './expect-published.ts';
import { pollUntil } from './poll-until.ts';

/** A build of a bed with a state folder and a destination of its own. */
export interface Trial {
  readonly stateFolder: string;
  /** `host/path` */
  readonly destination: string;
}

export function trialEnvironment({ stateFolder, destination }: Trial): Record<string, string> {
  return {
    TWINHULL_STATE_DIR: stateFolder,
    TWINHULL_DESTINATION: destination,
    TWINHULL_LEASE_SECONDS: '1',
    TWINHULL_INTERVAL_SECONDS: '0.2',
  };
}

/**
 * After any failures: the one build of its store is published, and one builder container for each job did the work, was
 * the only one to push images, and is gone.
 */
export async function expectPublishedOnce(
  bed: E2eBed,
  builders: BuilderWatch,
  trial: Trial,
  build: BuildJson,
): Promise<void> {
  await expectPublished(bed, build);
  const registry = registryOf(bed, trial.destination);
  expect(await registry.published()).toEqual([build.commit]);
  expect((await registry.tags()).filter((tag) => tag.startsWith('staging-'))).toHaveLength(build.jobs.length);
  expect(build.jobs.map(({ attempts }) => attempts.length)).toEqual([1, 1]);
  expect(await buildsOf(trial)).toEqual([build.id]);
  // The event of a container's end arrives after that of its start, and separately.
  await pollUntil('all builders to have gone', () => builders.running(build.id) === 0);
  expect(builders.starts(build.id)).toEqual(['linux/amd64 1', 'linux/arm64 1']);
}

async function buildsOf({ stateFolder }: Trial): Promise<readonly string[]> {
  const store = await openSqliteStore(join(stateFolder, 'twinhull.db'));
  try {
    return (await store.list({ limit: 10 })).map(({ id }) => id);
  } finally {
    await store.close();
  }
}

/** Runs `work` for each of `items`, `width` at a time. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
