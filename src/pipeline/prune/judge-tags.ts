import { type BuildFacts, type OwnedTag, stagingOwners } from './build-facts.ts';
import { daysText } from './judge-builds.ts';
import { millisecondsADay } from './policy.ts';
import type { ObservedRepository, PruneInput } from './prune-input.ts';

/** Every tag of a repository is in one of the two. */
export interface JudgedTags {
  /** Every tag that stays, with the reason if Twinhull pushed it for itself. */
  readonly kept: ReadonlyMap<string, string | undefined>;
  readonly doomed: readonly string[];
}

/** @param builds of this repository @param fates the reason for each build that stays */
export function judgeTags(
  { tags, halfRemoved }: ObservedRepository,
  builds: readonly BuildFacts[],
  fates: ReadonlyMap<string, string>,
  { policy, now }: PruneInput,
): JudgedTags {
  const ownerOf = stagingOwners(builds);
  const isBusy = builds.some(({ open }) => open);
  const ownedByGoing = new Set(
    builds.filter(({ id }) => !fates.has(id)).flatMap(({ owned }) => owned.filter(isFixed).map(spot)),
  );
  const putByStaying = new Set(
    builds.filter(({ id }) => fates.has(id)).flatMap(({ moves }) => moves.map(({ tag }) => tag)),
  );
  const kept = new Map<string, string | undefined>();
  const doomed: string[] = [];
  for (const [tag, digest] of tags) {
    if (halfRemoved.has(tag)) doomed.push(tag);
    else if (tag.startsWith('staging-')) settle(tag, staging(tag));
    else if (tag.startsWith('cache-')) settle(tag, cache(tag));
    else if (policy.published && ownedByGoing.has(spot({ tag, digest })) && !putByStaying.has(tag)) doomed.push(tag);
    else kept.set(tag, undefined);
  }
  return { kept, doomed };

  function settle(tag: string, why: string | undefined): void {
    if (why === undefined) doomed.push(tag);
    else kept.set(tag, why);
  }

  function staging(tag: string): string | undefined {
    const owner = ownerOf(tag);
    if (owner === undefined) return unknown();
    if (owner.open) return `build ${owner.id} is live`;
    const days = owner.state === 'published' ? policy.keepDays : policy.keepFailedDays;
    return isYoung(owner.endedAt, days) ? `build ${owner.id} ended less than ${daysText(days)} ago` : undefined;
  }

  function cache(tag: string): string | undefined {
    const { image, until } = stageOf(tag) ?? { image: tag, until: Number.POSITIVE_INFINITY };
    const users = builds.filter(({ cacheTags }) => cacheTags.includes(image));
    if (users.length === 0) return unknown();
    const live = users.find(({ open }) => open);
    if (live !== undefined) return `build ${live.id} is live and uses it`;
    const lastUse = Math.min(until, Math.max(...users.map(({ endedAt }) => endedAt)));
    return isYoung(lastUse, policy.keepCacheDays) ? `used less than ${daysText(policy.keepCacheDays)} ago` : undefined;
  }

  /** A tag of no known build may belong to another store, or to a job whose id has not been reported yet. */
  function unknown(): string | undefined {
    if (!policy.unknownTags) return 'no build in this store uses it';
    return isBusy ? 'no build in this store uses it, but a live build may' : undefined;
  }

  function isYoung(since: number, days: number): boolean {
    return now - since <= days * millisecondsADay;
  }
}

/** For the tag of a stage that is built once a month: the cache tag of its image, and the end of that month. */
function stageOf(tag: string): { readonly image: string; readonly until: number } | undefined {
  const [, image, year, month] = /^(.+)-(\d{4})(\d{2})-[0-9a-f]{16}$/.exec(tag) ?? [];
  return image === undefined ? undefined : { image, until: Date.UTC(Number(year), Number(month)) };
}

function isFixed({ moving }: OwnedTag): boolean {
  return !moving;
}

function spot({ tag, digest }: Pick<OwnedTag, 'tag' | 'digest'>): string {
  return `${tag} ${digest}`;
}
