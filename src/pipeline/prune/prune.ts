import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { formatRepository, parseImageRepository } from '../../domain/image-reference.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Registry } from '../../ports/registry.ts';
import { type BuildFacts, buildFacts } from './build-facts.ts';
import { observeRepository } from './observe-repository.ts';
import { type PrunePlan, planPrune, type Removal } from './plan-prune.ts';
import type { RetentionPolicy } from './policy.ts';
import type { ObservedRepository } from './prune-input.ts';

/** The store and the registries to remove from. */
export interface PruneParts {
  readonly store: BuildStore;
  readonly registryFor: (repository: string) => Registry;
  readonly clock: Pick<Clock, 'now'>;
}

/** How long to keep what, and where. */
export interface PruneRequest {
  readonly policy: RetentionPolicy;
  /** Only builds and images of this repository, in any of its spellings. @default all destinations of stored builds */
  readonly destination?: string | undefined;
}

/** What was removed, or in a dry run would be. */
export interface PruneReport extends PrunePlan {
  /** What could not be observed or removed, and why; everything else was done. */
  readonly problems: readonly PruneProblem[];
}

/** A failure that did not stop the rest. */
export interface PruneProblem {
  /** A repository; or a tag, image or build. */
  readonly what: string;
  readonly error: TwinhullError;
}

/** Removals between two observations of store and registry: the facts that a removal was planned on must still hold. */
const mostAtOnce = 100;
const pageSize = 200;

/** Plans what a prune would remove now. Changes nothing. @throws StoreUnavailable, ImageReferenceInvalid */
export async function previewPrune(request: PruneRequest, parts: PruneParts): Promise<PruneReport> {
  const { observed, builds, problems } = await observe(request, parts);
  const { policy } = request;
  return { ...planPrune({ builds, repositories: observed, policy, now: parts.clock.now() }), problems };
}

/**
 * Removes what the policy lets go: observes, plans, removes a bounded part, and repeats until nothing is left. Safe to
 * run again after a crash at any point: the store's records go last.
 *
 * @returns what was removed, what stays, and what failed
 * @throws StoreUnavailable, ImageReferenceInvalid
 */
export async function prune(request: PruneRequest, parts: PruneParts): Promise<PruneReport> {
  const removed: Removal[] = [];
  const tried = new Set<string>();
  const failed: Failed = { problems: [], repositories: new Set(), troubled: new Set() };
  const ready = new Set<string>();
  for (;;) {
    const { removals, kept, problems } = await previewPrune(request, parts);
    const open = removals.filter((removal) => !tried.has(idOf(removal)) && !isBlocked(removal, failed));
    if (open.length === 0) return { removals: removed, kept, problems: [...problems, ...failed.problems] };
    for (const removal of nextOf(open)) {
      if (isBlocked(removal, failed)) continue;
      tried.add(idOf(removal));
      try {
        if (await remove(removal, parts, ready)) removed.push(removal);
      } catch (error) {
        if (!TwinhullError.is(error) || error.code === 'StoreUnavailable') throw error;
        note(failed, removal, error);
      }
    }
  }
}

/** With all logs: whether a build may lose its logs depends on nothing but the build. */
function nextOf(removals: readonly Removal[]): readonly Removal[] {
  const others = removals.filter(({ kind }) => kind !== 'logs');
  return [...others.slice(0, mostAtOnce), ...removals.filter(({ kind }) => kind === 'logs')];
}

interface Failed {
  readonly problems: PruneProblem[];
  /** Those that do not delete or do not answer: no further requests go to them. */
  readonly repositories: Set<string>;
  /** Those that kept something that was to be removed: their builds stay as a record of it. */
  readonly troubled: Set<string>;
}

function note(failed: Failed, removal: Removal, error: TwinhullError): void {
  failed.problems.push({ what: nameOf(removal), error });
  if (!('repository' in removal)) return;
  failed.troubled.add(removal.repository);
  // A single refusal may concern one image that is still referenced; any other refusal applies to all removals.
  if (error.code !== 'RegistryRefused') failed.repositories.add(removal.repository);
}

function isBlocked(removal: Removal, { repositories, troubled }: Failed): boolean {
  if (removal.kind === 'build') return troubled.has(removal.repository);
  return 'repository' in removal && repositories.has(removal.repository);
}

function idOf(removal: Removal): string {
  return `${removal.kind} ${nameOf(removal)}`;
}

/** The name that a person would use for it. */
export function nameOf(removal: Removal): string {
  switch (removal.kind) {
    case 'tag':
      return `${removal.repository}:${removal.tag}`;
    case 'image':
      return `${removal.repository}@${removal.digest}`;
    case 'logs':
    case 'build':
      return removal.build;
  }
}

async function observe({ destination }: PruneRequest, { store, registryFor }: PruneParts) {
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
  return { observed, builds, problems };
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

/** @returns false for what changed in between: the next observation shows its new state */
async function remove(removal: Removal, { store, registryFor }: PruneParts, ready: Set<string>): Promise<boolean> {
  if (removal.kind === 'logs') return store.deleteLogs(removal.build, removal.version);
  if (removal.kind === 'build') return store.deleteBuild(removal.build, removal.version);
  const registry = registryFor(removal.repository);
  if (!ready.has(removal.repository)) {
    await registry.checkDeletion();
    ready.add(removal.repository);
  }
  if (removal.kind === 'tag') await registry.deleteTag(removal.tag, removal.digest);
  else await registry.deleteManifest(removal.digest);
  return true;
}
