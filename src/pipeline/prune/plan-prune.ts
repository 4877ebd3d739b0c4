import { judgeBuilds } from './judge-builds.ts';
import { planRepository } from './plan-repository.ts';
import { millisecondsADay } from './policy.ts';
import type { PruneInput } from './prune-input.ts';
import type { PrunePlan } from './prune-plan.ts';

/**
 * Plans what to remove. Pure. An image or index is removed only when no tag, index or build that stays reaches it;
 * nothing of an open build is removed.
 */
export function planPrune(input: PruneInput): PrunePlan {
  const fates = new Map(judgeBuilds(input));
  for (;;) {
    const plan = planWith(fates, input);
    const owners = ownersOfStayingTags(plan, fates, input);
    if (owners.size === 0) return plan;
    for (const [id, why] of owners) fates.set(id, why);
  }
}

/** Builds that would go although they own a tag that stays because another build needs it or its image. */
function ownersOfStayingTags(
  { removals }: PrunePlan,
  fates: ReadonlyMap<string, string>,
  { builds, repositories }: PruneInput,
): ReadonlyMap<string, string> {
  const observed = new Map(repositories.map((each) => [each.repository, each]));
  const removed = new Set(
    removals.flatMap((removal) => {
      if (removal.kind === 'tag') return [`${removal.repository}:${removal.tag}`];
      return removal.kind === 'image' ? removal.tags.map((tag) => `${removal.repository}:${tag}`) : [];
    }),
  );
  const owners = new Map<string, string>();
  for (const { id, destination, owned } of builds) {
    const tags = observed.get(destination)?.tags;
    const staying = owned.find(({ tag, digest }) => tags?.get(tag) === digest && !removed.has(`${destination}:${tag}`));
    if (staying !== undefined && !fates.has(id)) owners.set(id, `tag ${staying.tag} depends on it`);
  }
  return owners;
}

function planWith(fates: ReadonlyMap<string, string>, input: PruneInput): PrunePlan {
  const { builds, repositories, policy, now } = input;
  const plans = repositories.map((repository) => planRepository(repository, fates, input));
  const logs = builds.filter(
    ({ id, open, hasLogs, endedAt }) =>
      hasLogs && !open && fates.has(id) && now - endedAt > policy.keepLogDays * millisecondsADay,
  );
  return {
    removals: [
      ...plans.flatMap(({ removals }) => removals),
      ...logs.map(({ id, version }) => ({ kind: 'logs', build: id, version }) as const),
      ...builds
        .filter(({ id }) => !fates.has(id))
        .map(
          ({ id, version, destination }) => ({ kind: 'build', build: id, version, repository: destination }) as const,
        ),
    ],
    kept: [
      ...plans.flatMap(({ kept }) => kept),
      ...builds.flatMap(({ id }) => {
        const why = fates.get(id);
        return why === undefined ? [] : [{ kind: 'build', name: id, why } as const];
      }),
    ],
  };
}
