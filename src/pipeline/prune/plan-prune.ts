import type { BuildFacts } from './build-facts.ts';
import { judgeBuilds } from './judge-builds.ts';
import { judgeTags } from './judge-tags.ts';
import { millisecondsADay } from './policy.ts';
import type { ObservedRepository, PruneInput } from './prune-input.ts';
import { indexesFirst, reachedFrom } from './reach.ts';

/** Something to remove. Each can be repeated after an interruption. */
export type Removal = RegistryRemoval | StoreRemoval;

/** A removal at the registry, by digest, so that a tag that has moved since is left alone. */
export type RegistryRemoval =
  | { readonly kind: 'tag'; readonly repository: string; readonly tag: string; readonly digest: string }
  /** With all tags that point to it. */
  | {
      readonly kind: 'image';
      readonly repository: string;
      readonly digest: string;
      readonly tags: readonly string[];
    };

/** A removal from the store, which applies only while the build is of this `version`. */
export type StoreRemoval =
  | { readonly kind: 'logs'; readonly build: string; readonly version: number }
  | { readonly kind: 'build'; readonly build: string; readonly version: number; readonly repository: string };

/** A build, or a tag pushed by Twinhull, that stays. */
export interface Kept {
  readonly kind: 'build' | 'tag';
  /** Id of the build; repository and tag. */
  readonly name: string;
  readonly why: string;
}

/** What retention would remove, and what stays and why. */
export interface PrunePlan {
  /** In a safe order: tags, images (each index before what it references), then what the store holds. */
  readonly removals: readonly Removal[];
  readonly kept: readonly Kept[];
}

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

function planRepository(
  observed: ObservedRepository,
  fates: ReadonlyMap<string, string>,
  input: PruneInput,
): { readonly removals: readonly RegistryRemoval[]; readonly kept: readonly Kept[] } {
  const { repository, tags, children, untaggedImages } = observed;
  const builds = input.builds.filter(({ destination }) => destination === repository);
  const { kept, doomed } = judgeTags(observed, builds, fates, input);
  const staying = builds.filter(({ id }) => fates.has(id));
  const needed = reachedFrom([...pointedTo(kept.keys()), ...staying.flatMap(digestsOf)], children);
  const going = builds.filter(({ id }) => !fates.has(id));
  const reached = reachedFrom([...pointedTo(doomed), ...going.flatMap(digestsOf)], children);
  const unneeded = new Set([...reached].filter((digest) => !needed.has(digest)));
  const images = indexesFirst(unneeded, children);
  const loose = doomed.filter((tag) => !unneeded.has(digestAt(tag)));
  const last = untaggedImages === 'stay' ? new Set<string>() : lastTags(loose);
  const removals: RegistryRemoval[] = [
    ...loose
      .filter((tag) => !last.has(tag))
      .map((tag) => ({ kind: 'tag', repository, tag, digest: digestAt(tag) }) as const),
    ...images.map((digest) => ({ kind: 'image', repository, digest, tags: tagsOf(digest) }) as const),
  ];
  const reasons = [...kept, ...[...last].map((tag) => [tag, 'the last tag of an image that is needed'] as const)];
  return {
    removals,
    kept: reasons.flatMap(([tag, why]) =>
      why === undefined ? [] : [{ kind: 'tag', name: `${repository}:${tag}`, why } as const],
    ),
  };

  function digestAt(tag: string): string {
    return tags.get(tag) ?? '';
  }

  function pointedTo(some: Iterable<string>): readonly string[] {
    return [...some].map(digestAt);
  }

  function tagsOf(digest: string): readonly string[] {
    return doomed.filter((tag) => digestAt(tag) === digest);
  }

  /** One tag of each image that would otherwise lose all its tags. */
  function lastTags(some: readonly string[]): ReadonlySet<string> {
    const held = new Set(pointedTo(kept.keys()));
    const byDigest = new Map(some.map((tag) => [digestAt(tag), tag]));
    return new Set([...byDigest].flatMap(([digest, tag]) => (held.has(digest) ? [] : [tag])));
  }
}

/** All digests that a build relies on; for an open one also those that its tags may have to go back to. */
function digestsOf({ open, images, moves }: BuildFacts): readonly string[] {
  const moved = moves.filter(({ state }) => state !== 'reverted').map(({ newDigest }) => newDigest);
  return [...images, ...moved, ...(open ? moves.flatMap(({ oldDigest }) => oldDigest ?? []) : [])];
}
