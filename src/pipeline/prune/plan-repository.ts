import type { BuildFacts } from './build-facts.ts';
import { judgeTags } from './judge-tags.ts';
import type { ObservedRepository, PruneInput } from './prune-input.ts';
import type { Kept, RegistryRemoval } from './prune-plan.ts';
import { indexesFirst, reachedFrom } from './reach.ts';

/** What to remove from one repository, and which tags stay. @param fates why each build that stays does. Pure. */
export function planRepository(
  observed: ObservedRepository,
  fates: ReadonlyMap<string, string>,
  input: PruneInput,
): { readonly removals: readonly RegistryRemoval[]; readonly kept: readonly Kept[] } {
  const { repository, tags, children, untaggedImages } = observed;
  const digestAt = (tag: string): string => tags.get(tag) ?? '';
  const pointedTo = (some: Iterable<string>): readonly string[] => [...some].map(digestAt);
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
