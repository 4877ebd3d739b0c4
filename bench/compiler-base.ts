import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { platformTag, pushIndex } from '../lab/images/push-index.ts';
import { labPlatforms } from '../lab/platforms.ts';
import type { Bed } from './bed.ts';
import type { BenchEngine } from './engine.ts';

const repository = 'bench/compiler';
const tag = 'packages';

/**
 * Debian with the packages of a C compiler downloaded but not installed, for both platforms under one name: a build on
 * it does all the work of installing them, and never waits for a mirror, which at times responds half a minute late.
 *
 * @param registry its `host:port`
 * @returns the reference
 */
export async function pushCompilerBase(bed: Bed, engine: BenchEngine, registry: string): Promise<string> {
  const folder = bed.newFolder();
  writeFileSync(join(folder, 'Dockerfile'), dockerfile(bed.lab.images.debian));
  for (const platform of labPlatforms) {
    const name = `${registry}/${repository}:${platformTag(tag, platform)}`;
    await engine.docker('build', '--quiet', '--platform', platform, '--tag', name, folder);
    await engine.docker('push', '--quiet', name);
  }
  await pushIndex(registry, repository, tag);
  return `${registry}/${repository}:${tag}`;
}

function dockerfile(debian: string): string {
  return `FROM ${debian}
RUN mkdir -p /packages/partial \\
  && apt-get update \\
  && apt-get install -y --no-install-recommends --download-only -o Dir::Cache::archives=/packages gcc libc6-dev \\
  && rm -rf /var/lib/apt/lists/*
`;
}
