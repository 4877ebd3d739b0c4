import type { Build } from '../domain/build.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';
import { requireBuild } from '../pipeline/change-build.ts';
import { publishedBuild } from '../pipeline/promote.ts';
import type { BuildStore } from '../ports/build-store.ts';

/** The build that a user means: by id, or the latest. @throws BuildNotFound */
export async function findBuild(store: BuildStore, id: string | undefined): Promise<Build> {
  if (id !== undefined) return requireBuild(store, id);
  const [latest] = await store.list({ limit: 1 });
  if (latest !== undefined) return requireBuild(store, latest.id);
  throw new TwinhullError('BuildNotFound', 'there is no build yet', { hint: 'start one with `twinhull build`' });
}

/** By build id, by commit, or the latest published one. @throws ImageNotPublished */
export async function findPublishedBuild(store: BuildStore, name: string | undefined): Promise<Build> {
  const build = name === undefined ? undefined : await store.load(name);
  if (build === undefined) return publishedBuild(store, name);
  if (build.state === 'published') return build;
  throw new TwinhullError('ImageNotPublished', `build ${build.id} is ${build.state}: nothing of it is published`, {
    hint: `see twinhull status ${build.id}`,
  });
}
