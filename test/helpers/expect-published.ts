import { expect } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import type { E2eBed } from './e2e-bed.ts';
import { RegistryView } from './registry-view.ts';

/**
 * A build of the one image `app` is completely published: its tag is an index over what its own jobs pushed, nothing
 * else was pushed there, and nothing of it remains on the engine.
 */
export async function expectPublished(bed: E2eBed, build: BuildJson): Promise<void> {
  expect(build.state).toBe('published');
  expect(build.jobs.map(({ platform, state }) => [platform, state])).toEqual([
    ['linux/arm64', 'succeeded'],
    ['linux/amd64', 'succeeded'],
  ]);
  const registry = registryOf(bed, build.destination);
  const index = await registry.manifest(build.commit);
  const digests = build.jobs.map((job) => build.images.find(({ platform }) => platform === job.platform)?.digest);
  expect(index.manifests?.map(({ digest }) => digest)).toEqual(digests);
  expect(index.manifests?.map(({ platform }) => platform?.architecture)).toEqual(['arm64', 'amd64']);
  expect(await pushedDigests(registry)).toEqual(expect.arrayContaining(digests));
  expect(await bed.builders(build.id)).toEqual([]);
}

export function registryOf(bed: E2eBed, destination: string): RegistryView {
  return new RegistryView(`http://${bed.lab.registry.host}`, destination.slice(destination.indexOf('/') + 1));
}

/** Digests that staging tags point to. */
async function pushedDigests(registry: RegistryView): Promise<readonly string[]> {
  const tags = await registry.tags();
  return Promise.all(tags.filter((tag) => tag.startsWith('staging-')).map((tag) => registry.digest(tag)));
}
