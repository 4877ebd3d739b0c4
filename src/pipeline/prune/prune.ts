import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { observeRepositories } from './observe-repositories.ts';
import { planPrune } from './plan-prune.ts';
import type { RetentionPolicy } from './policy.ts';
import type { PruneParts } from './prune-input.ts';
import type { PrunePlan, Removal } from './prune-plan.ts';
import { type Failed, idOf, isBlocked, note, type PruneProblem } from './prune-problems.ts';

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

/** Removals between two observations of store and registry: the facts that a removal was planned on must still hold. */
const mostAtOnce = 100;

/** Plans what a prune would remove now. Changes nothing. @throws StoreUnavailable, ImageReferenceInvalid */
export async function previewPrune(request: PruneRequest, parts: PruneParts): Promise<PruneReport> {
  const { problems, ...observed } = await observeRepositories(request.destination, parts);
  return { ...planPrune({ ...observed, policy: request.policy, now: parts.clock.now() }), problems };
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
