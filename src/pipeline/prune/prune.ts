import { formatRepository, parseImageRepository } from '../../domain/image-reference.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Registry } from '../../ports/registry.ts';
import { type BuildFacts, buildFacts } from './build-facts.ts';
import { observeRepository } from './observe-repository.ts';
import { type ObservedRepository, type PrunePlan, planPrune, type Removal } from './plan-prune.ts';
import type { RetentionPolicy } from './policy.ts';

export interface PruneParts {
  readonly store: BuildStore;
  readonly registryFor: (repository: string) => Registry;
  readonly clock: Pick<Clock, 'now'>;
}

export interface PruneRequest {
  readonly policy: RetentionPolicy;
  /** Only builds and images of this repository, in any of its spellings. @default all that builds of the store were for */
  readonly destination?: string | undefined;
}

export interface PruneReport extends PrunePlan {
  /** What could not be looked at or removed, and why; all else was done. */
  readonly problems: readonly PruneProblem[];
}

export interface PruneProblem {
  /** A repository; or a tag, image or build. */
  readonly what: string;
  readonly error: TwinhullError;
}

/** Removals between two looks at store and registry: what was true when they were planned has to be true still. */
const mostAtOnce = 100;
const pageSize = 200;

/** What a prune would remove now. Changes nothing. @throws StoreUnavailable, ImageReferenceInvalid */
export async function previewPrune(request: PruneRequest, parts: PruneParts): Promise<PruneReport> {
  const { observed, builds, problems } = await look(request, parts);
  const { policy } = request;
  return { ...planPrune({ builds, repositories: observed, policy, now: parts.clock.now() }), problems };
}

/**
 * Removes what the policy lets go: looks, plans, removes a bounded part, and looks again until nothing is left. To be
 * repeated after a crash at any point: what the store remembers goes last.
 *
 * @returns what went, what stays, and what could not be done
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

/** With all logs: whether a build may lose those depends on nothing but itself. */
function nextOf(removals: readonly Removal[]): readonly Removal[] {
  const others = removals.filter(({ kind }) => kind !== 'logs');
  return [...others.slice(0, mostAtOnce), ...removals.filter(({ kind }) => kind === 'logs')];
}

interface Failed {
  readonly problems: PruneProblem[];
  /** Those which do not delete or do not answer: they are asked no more. */
  readonly repositories: Set<string>;
  /** Those which kept something that was to go: their builds stay, to remember it. */
  readonly troubled: Set<string>;
}

function note(failed: Failed, removal: Removal, error: TwinhullError): void {
  failed.problems.push({ what: nameOf(removal), error });
  if (!('repository' in removal)) return;
  failed.troubled.add(removal.repository);
  // What is refused alone may be one image that something needs; any other refusal is one of all.
  if (error.code !== 'RegistryRefused') failed.repositories.add(removal.repository);
}

function isBlocked(removal: Removal, { repositories, troubled }: Failed): boolean {
  if (removal.kind === 'build') return troubled.has(removal.repository);
  return 'repository' in removal && repositories.has(removal.repository);
}

function idOf(removal: Removal): string {
  return `${removal.kind} ${nameOf(removal)}`;
}

/** As a person would name it. */
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

async function look({ destination }: PruneRequest, { store, registryFor }: PruneParts) {
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
  // After the tags: a tag of a build that is not among these is none of this store's.
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

/** @returns false for what changed in between: the next look tells what it is now */
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
