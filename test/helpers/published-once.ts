import { expect } from 'vitest';
import type { BuildJson } from '../../src/cli/render/json.ts';
import type { E2eBed } from './e2e-bed.ts';
import { RegistryView } from './registry-view.ts';

/** A build of a bed with a state folder and a destination of its own. */
export interface Trial {
  readonly stateFolder: string;
  /** `host/path` */
  readonly destination: string;
  /** Seconds since the Unix epoch, before anything of it began. */
  readonly since: number;
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
 * Whatever happened on the way: the build is published, its tag is an index over the digests that its own jobs pushed,
 * and one builder container for each job did the work and is gone.
 */
export async function expectPublishedOnce(bed: E2eBed, trial: Trial, build: BuildJson): Promise<void> {
  expect(build.state).toBe('published');
  expect(build.jobs.map(({ platform, state, attempts }) => [platform, state, attempts.length])).toEqual([
    ['linux/arm64', 'succeeded', 1],
    ['linux/amd64', 'succeeded', 1],
  ]);
  const registry = registryOf(bed, trial);
  expect(await registry.published()).toEqual([build.commit]);
  const index = await registry.manifest(build.commit);
  const byPlatform = (platform: string): string | undefined =>
    build.images.find((image) => image.platform === platform)?.digest;
  expect(index.manifests?.map(({ digest }) => digest)).toEqual([byPlatform('linux/arm64'), byPlatform('linux/amd64')]);
  expect(await starts(bed, trial, build.id)).toEqual(['linux/amd64 1', 'linux/arm64 1']);
  expect(await bed.builders(build.id)).toEqual([]);
}

export function registryOf(bed: E2eBed, { destination }: Trial): RegistryView {
  const slash = destination.indexOf('/');
  return new RegistryView(`http://${bed.lab.registry.host}`, destination.slice(slash + 1));
}

/** Platform and attempt of every builder container of the build that was ever started. */
async function starts(bed: E2eBed, { since }: Trial, buildId: string): Promise<readonly string[]> {
  const stream = await bed.docker.getEvents({
    since,
    until: Math.ceil(Date.now() / 1000),
    filters: { event: ['start'], label: [`dev.twinhull.build=${buildId}`] },
  });
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  const events = text.split('\n').filter(Boolean);
  return events
    .map((line) => (JSON.parse(line) as { Actor: { Attributes: Record<string, string> } }).Actor.Attributes)
    .map((labels) => `${labels['dev.twinhull.platform']} ${labels['dev.twinhull.attempt']}`)
    .sort();
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
