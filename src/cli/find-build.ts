import type { ShownBuild } from '../build-json/shown-build.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { requireBuild } from '../pipeline/change-build.ts';
import { publishedBuild } from '../pipeline/promote.ts';
import type { Builds } from './builds/builds.ts';

type FoundBuilds = Pick<Builds, 'load' | 'list'>;

/** A build by id, or the latest. @throws BuildNotFound */
export async function findBuild(builds: FoundBuilds, id: string | undefined): Promise<ShownBuild> {
  if (id !== undefined) return requireBuild(builds, id);
  const [latest] = await builds.list({ limit: 1 });
  if (latest !== undefined) return requireBuild(builds, latest.id);
  throw new TwinhullError('BuildNotFound', 'there is no build yet', { hint: 'start one with `twinhull build`' });
}

/** By build id, by commit, or the latest published one. @throws ImageNotPublished */
export async function findPublishedBuild(builds: FoundBuilds, name: string | undefined): Promise<ShownBuild> {
  const build = name === undefined ? undefined : await builds.load(name);
  if (build === undefined) return publishedBuild(builds, name);
  if (build.state === 'published') return build;
  throw new TwinhullError('ImageNotPublished', `build ${build.id} is ${build.state}: it has published nothing`, {
    hint: `see twinhull status ${build.id}`,
  });
}
