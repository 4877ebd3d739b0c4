import type { Build } from '../domain/build.ts';
import type { Plan } from '../domain/plan.ts';
import { reservedPrefix } from '../domain/recipe-placeholders.ts';
import type { BuildStore } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Registry } from '../ports/registry.ts';

/** The tags of a repository at one moment, and the digests of some of them. */
export interface SeenTags {
  readonly tags: ReadonlySet<string>;
  readonly digests: ReadonlyMap<string, string>;
}

/** Repositories with more tags than this are not compared. */
const mostTags = 20_000;
/** How many tags are resolved in addition to the plan's own. */
const mostResolved = 50;
/** Time limit for querying the registry, in milliseconds. */
const queryTimeout = 10_000;

/** Tags that exist only in `after`, or point elsewhere there; sorted by name. Pure. */
export function appearedTags(before: SeenTags, after: SeenTags): readonly string[] {
  const moved = (tag: string): boolean =>
    before.digests.has(tag) && after.digests.has(tag) && before.digests.get(tag) !== after.digests.get(tag);
  return [...after.tags].filter((tag) => isPublished(tag) && (!before.tags.has(tag) || moved(tag))).sort();
}

/** Tags at the destination that the build did not put there. */
export interface Appeared {
  readonly tags: readonly string[];
  /** Whether this is the first result for the build. */
  readonly isFirst: boolean;
}

/**
 * Compares the contents of a destination before a build's first job is submitted and after its last one has ended: a
 * script can push without the builder. The first snapshot is lost with the process; then nothing is reported. No method
 * rejects.
 */
export class DestinationWatch {
  readonly #builds = new Map<string, { readonly before: SeenTags; appeared?: readonly string[] }>();
  readonly #parts: { readonly store: BuildStore; readonly clock: Clock };

  constructor(parts: { readonly store: BuildStore; readonly clock: Clock }) {
    this.#parts = parts;
  }

  /** Only the first call for a build counts. */
  async begin({ id }: Build, plan: Plan, registry: Registry): Promise<void> {
    if (this.#builds.has(id)) return;
    const planned = plan.tags.map(({ tag }) => tag);
    const before = await this.#withinTime(
      seenTags(registry, (tags) => [...planned, ...tags.filter((tag) => !isOfCommit(tag)).slice(0, mostResolved)]),
    );
    if (before !== undefined) this.#builds.set(id, { before });
  }

  /** Tags that appeared or moved since `begin` and that no known build put; undefined without a first snapshot. */
  async compare({ id, destination }: Build, registry: Registry): Promise<Appeared | undefined> {
    const seen = this.#builds.get(id);
    if (seen === undefined) return undefined;
    if (seen.appeared !== undefined) return { tags: seen.appeared, isFirst: false };
    const tags = await this.#withinTime(this.#appeared(destination, seen.before, registry));
    if (tags === undefined) return undefined;
    seen.appeared = tags;
    return { tags, isFirst: true };
  }

  end({ id }: Build): void {
    this.#builds.delete(id);
  }

  async #appeared(destination: string, before: SeenTags, registry: Registry): Promise<readonly string[] | undefined> {
    const after = await seenTags(registry, (tags) => [
      ...before.digests.keys(),
      ...tags.filter((tag) => !before.tags.has(tag)).slice(0, mostResolved),
    ]);
    if (after === undefined) return undefined;
    const appeared = await Promise.all(
      appearedTags(before, after).map(async (tag) => {
        const digest = after.digests.get(tag);
        const isOurs = digest !== undefined && (await this.#parts.store.tagRecord(destination, tag, digest));
        return isOurs ? [] : [tag];
      }),
    );
    return appeared.flat();
  }

  async #withinTime<T>(work: Promise<T>): Promise<T | undefined> {
    const over = new AbortController();
    const timeout = this.#parts.clock.sleep(queryTimeout, over.signal).then(() => undefined);
    const answer = work.catch(() => undefined);
    return await Promise.race([answer, timeout]).finally(() => over.abort());
  }
}

function isOfCommit(tag: string): boolean {
  return /^[0-9a-f]{40}/.test(tag);
}

function isPublished(tag: string): boolean {
  return reservedPrefix(tag) === undefined;
}

/** @param choose selects the tags to resolve */
async function seenTags(
  registry: Registry,
  choose: (tags: readonly string[]) => readonly string[],
): Promise<SeenTags | undefined> {
  const all = await registry.listTags();
  if (all.length > mostTags) return undefined;
  const tags = new Set(all);
  const chosen = [...new Set(choose(all.filter(isPublished)))].filter((tag) => tags.has(tag));
  const resolved = await Promise.all(
    chosen.map(async (tag): Promise<[string, string][]> => {
      const digest = await registry.resolve(tag);
      return digest === undefined ? [] : [[tag, digest]];
    }),
  );
  return { tags, digests: new Map(resolved.flat()) };
}
