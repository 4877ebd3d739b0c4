import type { BuildFacts } from './build-facts.ts';
import type { ObservedRepository, PruneInput } from './plan-prune.ts';
import { millisecondsADay, type RetentionPolicy } from './policy.ts';

/**
 * Why each build stays; a build without a reason goes. A build whose tags stand stays to remember who put them: without
 * it they would be a stranger's to the next build of the same commit.
 */
export function judgeBuilds({ builds, repositories, policy, now }: PruneInput): ReadonlyMap<string, string> {
  const observed = new Map(repositories.map((each) => [each.repository, each]));
  const newest = newestPublished(builds, policy.keepPublished);
  const movers = lastMovers(builds);
  const fates = new Map<string, string>();
  for (const build of builds) {
    const why = reason(build);
    if (why !== undefined) fates.set(build.id, why);
  }
  for (const [name, user] of lastCacheUsers(builds)) {
    // While the cache is there, it is known from this build when it was last used.
    const repository = observed.get(user.destination);
    const tag = name.slice(user.destination.length + 1);
    const keeps = repository?.tags.has(tag) === true && now - user.endedAt <= policy.keepCacheDays * millisecondsADay;
    if (keeps && !fates.has(user.id)) fates.set(user.id, `the last to use ${tag}`);
  }
  return fates;

  function reason(build: BuildFacts): string | undefined {
    if (build.open) return 'it is live';
    const days = build.state === 'published' ? policy.keepDays : policy.keepFailedDays;
    if (now - build.endedAt <= days * millisecondsADay) return `it ended less than ${daysText(days)} ago`;
    if (newest.has(build.id)) return `it is among the newest ${policy.keepPublished} published of its recipe`;
    const repository = observed.get(build.destination);
    return repository === undefined ? 'its repository was not looked at' : standing(build, repository, policy, movers);
  }
}

export function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}

function standing(
  build: BuildFacts,
  { tags, halfRemoved }: ObservedRepository,
  policy: RetentionPolicy,
  movers: ReadonlyMap<string, BuildFacts>,
): string | undefined {
  for (const { tag, newDigest, moving, state } of build.moves) {
    if (!tags.has(tag) || halfRemoved.has(tag) || state === 'kept' || state === 'reverted') continue;
    const points = tags.get(tag) === newDigest;
    if (points && (moving || !policy.published)) return `tag ${tag} stands on it`;
    // The next publication asks who moved the tag last.
    if (!points && movers.get(`${build.destination}:${tag}`) === build) return `it was the last to put ${tag}`;
  }
  return undefined;
}

function newestPublished(builds: readonly BuildFacts[], count: number): ReadonlySet<string> {
  const groups = new Map<string, BuildFacts[]>();
  for (const build of builds) {
    if (build.state !== 'published') continue;
    const name = JSON.stringify([build.recipe, build.destination]);
    groups.set(name, [...(groups.get(name) ?? []), build]);
  }
  return new Set(
    [...groups.values()].flatMap((group) =>
      group
        .sort((one, other) => other.createdAt - one.createdAt)
        .slice(0, count)
        .map(({ id }) => id),
    ),
  );
}

/** By repository and tag: of the builds that put it, the one that was submitted last. */
function lastMovers(builds: readonly BuildFacts[]): ReadonlyMap<string, BuildFacts> {
  const movers = new Map<string, BuildFacts>();
  for (const build of builds) {
    for (const { tag, state } of build.moves) {
      const name = `${build.destination}:${tag}`;
      const known = movers.get(name);
      if (state === 'put' && (known === undefined || known.createdAt < build.createdAt)) movers.set(name, build);
    }
  }
  return movers;
}

/** By repository and cache tag: the ended build that used it last. */
function lastCacheUsers(builds: readonly BuildFacts[]): ReadonlyMap<string, BuildFacts> {
  const users = new Map<string, BuildFacts>();
  for (const build of builds) {
    for (const tag of build.cacheTags) {
      const name = `${build.destination}:${tag}`;
      const known = users.get(name);
      if (known === undefined || known.endedAt < build.endedAt) users.set(name, build);
    }
  }
  return users;
}
