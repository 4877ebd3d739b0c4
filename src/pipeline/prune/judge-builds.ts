import type { BuildFacts } from './build-facts.ts';
import { millisecondsADay, type RetentionPolicy } from './policy.ts';
import type { ObservedRepository, PruneInput } from './prune-input.ts';

/**
 * The reason for keeping each build; a build without one is removed. A build that owns a tag stays: its record shows
 * later builds of the same commit who owns the tag.
 */
export function judgeBuilds({ builds, repositories, policy, now }: PruneInput): ReadonlyMap<string, string> {
  const observed = new Map(repositories.map((each) => [each.repository, each]));
  const newest = newestPublished(builds, policy.keepPublished);
  const fates = new Map<string, string>();
  for (const build of builds) {
    const why = reason(build);
    if (why !== undefined) fates.set(build.id, why);
  }
  for (const [name, user] of lastCacheUsers(builds)) {
    // While the cache exists, this build shows when it was last used.
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
    return repository === undefined ? 'its repository was not listed' : standing(build, repository, policy);
  }
}

/** `1 day`, `30 days`. */
export function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}

function standing(
  { owned }: BuildFacts,
  { tags, halfRemoved }: ObservedRepository,
  policy: RetentionPolicy,
): string | undefined {
  const reason = owned.find(
    ({ tag, digest, moving }) => tags.get(tag) === digest && !halfRemoved.has(tag) && (moving || !policy.published),
  );
  return reason && `tag ${reason.tag} depends on it`;
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
