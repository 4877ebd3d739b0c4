import { type BuildFacts, isFixed } from './build-facts.ts';
import { judgeBuilds } from './judge-builds.ts';
import { judgeTags } from './judge-tags.ts';
import { millisecondsADay, type RetentionPolicy } from './policy.ts';
import { indexesFirst, type RepositoryContent, reachedFrom } from './reach.ts';

/** A repository as it stands, and what its registry makes of an image without a tag. */
export interface ObservedRepository extends RepositoryContent {
  readonly repository: string;
  readonly untaggedImages: 'stay' | 'go';
  /** Tags whose removal was interrupted: nobody's any more, to be removed to the end. */
  readonly halfRemoved: ReadonlySet<string>;
}

export type Removal = RegistryRemoval | StoreRemoval;

export type RegistryRemoval =
  | { readonly kind: 'tag'; readonly repository: string; readonly tag: string; readonly digest: string }
  /** With all tags that point to it. */
  | {
      readonly kind: 'image';
      readonly repository: string;
      readonly digest: string;
      readonly tags: readonly string[];
    };

export type StoreRemoval =
  | { readonly kind: 'logs'; readonly build: string; readonly version: number }
  | { readonly kind: 'build'; readonly build: string; readonly version: number; readonly repository: string };

/** A build, or a tag that Twinhull pushed, which stays. */
export interface Kept {
  readonly kind: 'build' | 'tag';
  /** Id of the build; repository and tag. */
  readonly name: string;
  readonly why: string;
}

export interface PrunePlan {
  /** In the order in which they are safe: tags, images (each index before what it names), then what the store holds. */
  readonly removals: readonly Removal[];
  readonly kept: readonly Kept[];
}

export interface PruneInput {
  /** Every build of the store. */
  readonly builds: readonly BuildFacts[];
  /** The builds of other repositories, which were not looked at, stay. */
  readonly repositories: readonly ObservedRepository[];
  readonly policy: RetentionPolicy;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/**
 * What may go. Pure. An image or index goes only when no tag that stays, no index that stays and no build that stays
 * reaches it; nothing of an open build goes.
 */
export function planPrune(input: PruneInput): PrunePlan {
  const fates = new Map(judgeBuilds(input));
  for (;;) {
    const plan = planWith(fates, input);
    const putters = puttersOfStayingTags(plan, fates, input);
    if (putters.size === 0) return plan;
    for (const [id, why] of putters) fates.set(id, why);
  }
}

/** Builds that would go although a tag that they put stays: because another build names it too, or an image needs it. */
function puttersOfStayingTags(
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
  const putters = new Map<string, string>();
  for (const { id, destination, moves } of builds) {
    const staying = moves.find(
      (move) =>
        isFixed(move) &&
        observed.get(destination)?.tags.get(move.tag) === move.newDigest &&
        !removed.has(`${destination}:${move.tag}`),
    );
    if (staying !== undefined && !fates.has(id)) putters.set(id, `tag ${staying.tag} stands on it`);
  }
  return putters;
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

  /** One tag of each image that no tag would be left of. */
  function lastTags(some: readonly string[]): ReadonlySet<string> {
    const held = new Set(pointedTo(kept.keys()));
    const byDigest = new Map(some.map((tag) => [digestAt(tag), tag]));
    return new Set([...byDigest].flatMap(([digest, tag]) => (held.has(digest) ? [] : [tag])));
  }
}

/** All that a build relies on in the registry; while it is open also what its tags may have to go back to. */
function digestsOf({ open, images, moves }: BuildFacts): readonly string[] {
  const moved = moves.filter(({ state }) => state !== 'reverted').map(({ newDigest }) => newDigest);
  return [...images, ...moved, ...(open ? moves.flatMap(({ oldDigest }) => oldDigest ?? []) : [])];
}
