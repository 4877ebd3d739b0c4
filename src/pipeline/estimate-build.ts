import { type Build, endStates } from '../domain/build.ts';
import { type BuildEstimate, estimateFrom, type HostPrices } from '../domain/build-estimate.ts';
import type { Plan } from '../domain/plan.ts';
import { buildsAhead } from '../domain/queue.ts';
import type { BuildStore } from '../ports/build-store.ts';

/** Bounds what is read: more builds would not make the estimate better, and older ones make it worse. */
const newestBuilds = 50;

/**
 * How long a build of this plan will take, and what is ahead of it, from what the store knows now.
 * @throws StoreUnavailable
 */
export async function estimateBuild(
  { recipe, source, destination, jobs, tags }: Plan,
  store: Pick<BuildStore, 'pastRuns' | 'countByState' | 'liveTagHolder' | 'queue'>,
  prices?: HostPrices,
): Promise<BuildEstimate> {
  const query = { recipe: recipe.name, repository: source.repository, builds: newestBuilds };
  const [runs, counts, claims, holders] = await Promise.all([
    store.pastRuns(query),
    store.countByState(),
    store.queue(),
    Promise.all(tags.map(({ tag }) => store.liveTagHolder(destination.repository, tag))),
  ]);
  const wanted = new Set(tags.map(({ tag }) => tag));
  const claiming = claims.filter((claim) => claim.destination === destination.repository && wanted.has(claim.tag));
  const ahead = new Set([...holders, ...claiming.map(({ buildId }) => buildId)].filter((id) => id !== undefined));
  const live = [...counts].filter(([state]) => !endStates.some((end) => end === state));
  return {
    ...estimateFrom(
      runs,
      jobs.map(({ platform }) => platform),
      prices,
    ),
    live: live.reduce((sum, [, count]) => sum + count, 0),
    ahead: ahead.size,
  };
}

/** How long a stored build will take, and how many have to end before it starts. */
export type StoredBuildEstimate = Omit<BuildEstimate, 'live'>;

/** The same for a build that was submitted. @throws StoreUnavailable */
export async function estimateStoredBuild(
  { id, recipe, repository, jobs }: Build,
  store: Pick<BuildStore, 'pastRuns' | 'queue'>,
  prices?: HostPrices,
): Promise<StoredBuildEstimate> {
  const [runs, claims] = await Promise.all([
    store.pastRuns({ recipe, repository, builds: newestBuilds }),
    store.queue(),
  ]);
  const platforms = jobs.map(({ platform }) => platform);
  return { ...estimateFrom(runs, platforms, prices), ahead: buildsAhead(id, claims) };
}
