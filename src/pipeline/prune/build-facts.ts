import { type Build, hasLeftovers, isEnded, type TagMove } from '../../domain/build.ts';
import type { Plan } from '../../domain/plan.ts';
import { platformSuffix } from '../../domain/platform.ts';
import type { TagRecord } from '../../domain/tag-ownership.ts';
import type { StoredBuild } from '../../ports/build-store.ts';

/** What retention needs to know about a build. */
export interface BuildFacts extends Pick<Build, 'id' | 'version' | 'state' | 'recipe' | 'destination' | 'createdAt'> {
  /** Not ended, or a part of it still exists at its backend. */
  readonly open: boolean;
  /** When it ended, or last changed. */
  readonly endedAt: number;
  readonly hasLogs: boolean;
  readonly jobKeys: readonly string[];
  /** The backend's ids of all its attempts, including duplicates. */
  readonly backendIds: readonly string[];
  /** Tags of the layer caches that its jobs read and write. */
  readonly cacheTags: readonly string[];
  /** Digests of the images that were read back. */
  readonly images: readonly string[];
  readonly moves: readonly Pick<TagMove, 'tag' | 'oldDigest' | 'newDigest' | 'state'>[];
  /** The tags that it owns, also by promotion, while they point to the digest. */
  readonly owned: readonly OwnedTag[];
}

/** A tag that a build put, and the digest that it gave it. */
export type OwnedTag = Pick<TagRecord, 'tag' | 'digest' | 'moving'>;

/** The facts about a stored build that retention judges; pure. */
export function buildFacts({ build, plan, hasLogs, tagRecords }: StoredBuild): BuildFacts {
  const { id, version, state, recipe, destination, createdAt } = build;
  const attempts = build.jobs.flatMap((job) => job.attempts);
  return {
    ...{ id, version, state, recipe, destination, createdAt, hasLogs },
    open: !isEnded(build) || hasLeftovers(build),
    endedAt: build.finishedAt ?? build.updatedAt,
    jobKeys: attempts.flatMap(({ jobKey }) => jobKey ?? []),
    backendIds: attempts.flatMap(({ backendId, duplicates }) => [backendId ?? [], duplicates].flat()),
    cacheTags: cacheTagsOf(plan),
    images: build.images.map(({ digest }) => digest),
    moves: build.tags,
    owned: tagRecords,
  };
}

/**
 * Finds the build that a staging tag belongs to: by its job's key, or by that of a run that was never reported. Keys
 * are the backend's ids, cut (a container's) or followed by the number of the run (Batch's).
 */
export function stagingOwners(builds: readonly BuildFacts[]): (stagingTag: string) => BuildFacts | undefined {
  const owners = new Map<string, BuildFacts>();
  for (const build of builds) {
    for (const id of build.backendIds) owners.set(id, build).set(id.slice(0, 12), build);
    for (const key of build.jobKeys) owners.set(key, build);
  }
  return (tag) => {
    const key = /^staging-.+-(?:arm64|amd64)-(.+)$/.exec(tag)?.[1];
    return key === undefined ? undefined : (owners.get(key) ?? owners.get(key.replace(/-\d+$/, '')));
  };
}

/** Scripts always have a cache; a Dockerfile may do without. */
function cacheTagsOf(plan: Plan): readonly string[] {
  return plan.jobs.flatMap(({ platform, steps }) =>
    steps
      .filter(({ build }) => build.kind === 'script' || build.cache || build.once !== undefined)
      .map(({ image }) => `cache-${image}-${platformSuffix(platform)}`),
  );
}
