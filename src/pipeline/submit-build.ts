import type { Build } from '../domain/build.ts';
import { newBuildId } from '../domain/build-id.ts';
import { buildKey } from '../domain/build-key.ts';
import type { Plan } from '../domain/plan.ts';
import type { BuildStore } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Registry } from '../ports/registry.ts';
import type { AskedRequest } from '../ports/request-store.ts';
import { tagExists, tagImmutable } from './publish.ts';

export interface SubmitRequest {
  readonly plan: Plan;
  /** What the user named: a branch, a tag, or the commit itself. */
  readonly reference: string;
  /** Build although the images exist, and replace tags that stand in the registry. */
  readonly force: boolean;
  /** Name of the API token that asked for it, for the history. */
  readonly by?: string | undefined;
  /** Whose answer is the build that is made, if one is. */
  readonly request?: AskedRequest | undefined;
}

export interface SubmitParts {
  readonly store: BuildStore;
  readonly registry: Registry;
  readonly clock: Clock;
}

export interface SubmitResult {
  /** `joined`: the same build is under way. `exists`: it was published, and all of it is still in the registry. */
  readonly outcome: 'created' | 'joined' | 'exists';
  readonly build: Build;
}

/**
 * Accepts a plan: the same thing submitted twice is one build.
 *
 * @throws TagInUse when another live build is going to publish one of its tags
 * @throws TagExists, TagImmutable when a tag stands in the registry and must not be replaced
 * @throws RegistryUnreachable, RegistryAccessDenied, StoreUnavailable
 */
export async function submitBuild(
  { plan, reference, force, by, request }: SubmitRequest,
  parts: SubmitParts,
): Promise<SubmitResult> {
  const { store, clock } = parts;
  const key = buildKey(plan);
  const known = await store.findByKey(key);
  if (known !== undefined && known.state !== 'published') return { outcome: 'joined', build: known };
  if (known !== undefined && !force && (await stillPublished(known, parts.registry)))
    return { outcome: 'exists', build: known };

  await checkTags(plan, force, parts);
  const build = newBuild({ plan, reference, force, key, now: clock.now() });
  const created = {
    type: 'build.created',
    commit: build.commit,
    recipe: build.recipe,
    platforms: build.jobs.map((job) => job.platform),
    by,
  } as const;
  const result = await store.create(build, plan, [created], request);
  return { outcome: result.created ? 'created' : 'joined', build: result.build };
}

/** A published build counts only while every digest is in the registry and its own tags still point there. */
export async function stillPublished(build: Build, registry: Registry): Promise<boolean> {
  const wanted = [...build.images.map(({ digest }) => digest), ...build.tags.map(({ newDigest }) => newDigest)];
  const found = await Promise.all([...new Set(wanted)].map((digest) => registry.resolve(digest)));
  if (found.includes(undefined)) return false;
  const fixed = build.tags.filter((move) => !move.moving);
  const pointers = await Promise.all(
    fixed.map(async ({ tag, newDigest }) => (await registry.resolve(tag)) === newDigest),
  );
  return pointers.every(Boolean);
}

/** What could be refused at publication is refused before anything is built. */
async function checkTags(plan: Plan, force: boolean, { store, registry }: SubmitParts): Promise<void> {
  await Promise.all(
    plan.tags.map(async ({ tag, moving }) => {
      const digest = await registry.resolve(tag);
      if (digest === undefined) return;
      if (await registry.isImmutable(tag)) throw tagImmutable(registry.repository, tag, digest);
      if (moving || force) return;
      const last = await store.lastMove(plan.destination.repository, tag);
      if (last?.digest !== digest) throw tagExists(registry.repository, tag, digest);
    }),
  );
}

function newBuild(from: { plan: Plan; reference: string; force: boolean; key: string; now: number }): Build {
  const { plan, reference, force, key, now } = from;
  return {
    id: newBuildId(now),
    key,
    version: 1,
    state: 'building',
    recipe: plan.recipe.name,
    repository: plan.source.repository,
    commit: plan.source.commit,
    reference,
    destination: plan.destination.repository,
    force,
    timeouts: plan.timeouts,
    createdAt: now,
    updatedAt: now,
    jobs: plan.jobs.map(({ platform }) => ({ platform, state: 'pending', attempts: [], firstAttempt: 1 })),
    images: [],
    tags: [],
  };
}
