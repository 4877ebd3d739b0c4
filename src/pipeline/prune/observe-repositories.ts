import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { formatRepository, parseImageRepository } from '../../domain/image-reference.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import type { Registry } from '../../ports/registry.ts';
import { type BuildFacts, buildFacts } from './build-facts.ts';
import { observeRepository } from './observe-repository.ts';
import type { ObservedRepository, PruneInput, PruneParts } from './prune-input.ts';
import type { PruneProblem } from './prune-problems.ts';

const pageSize = 200;

/** What a prune is planned on, and which repositories could not be observed. */
export interface Observed extends Pick<PruneInput, 'builds' | 'repositories'> {
  readonly problems: readonly PruneProblem[];
}

/**
 * Reads the builds of the store and the tags of their repositories, or of `destination` alone.
 * @throws StoreUnavailable, ImageReferenceInvalid
 */
export async function observeRepositories(
  destination: string | undefined,
  { store, registryFor }: Pick<PruneParts, 'store' | 'registryFor'>,
): Promise<Observed> {
  const meant = destination && formatRepository(parseImageRepository(destination));
  const isMeant = (build: BuildFacts): boolean => meant === undefined || build.destination === meant;
  const before = (await scanAll(store)).filter(isMeant);
  const repositories = [...new Set(before.map((build) => build.destination))].sort();
  const problems: PruneProblem[] = [];
  const listed: { readonly registry: Registry; readonly tags: readonly string[] }[] = [];
  for (const repository of repositories) {
    await attempt(repository, problems, async () => {
      const registry = registryFor(repository);
      listed.push({ registry, tags: await registry.listTags() });
    });
  }
  // Read after the tags: a tag of none of these builds is not a tag of this store.
  const builds = (await scanAll(store)).filter(isMeant);
  const observed: ObservedRepository[] = [];
  for (const { registry, tags } of listed) {
    await attempt(registry.repository, problems, async () => {
      const own = builds.filter((build) => build.destination === registry.repository);
      observed.push(await observeRepository(registry, tags, own));
    });
  }
  return { builds, repositories: observed, problems };
}

async function attempt(what: string, problems: PruneProblem[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!TwinhullError.is(error) || error.code === 'StoreUnavailable') throw error;
    problems.push({ what, error });
  }
}

async function scanAll(store: BuildStore): Promise<readonly BuildFacts[]> {
  const all: BuildFacts[] = [];
  for (;;) {
    const page = await store.scan(all.at(-1)?.id, pageSize);
    for (const stored of page) all.push(buildFacts(stored));
    if (page.length < pageSize) return all;
  }
}
