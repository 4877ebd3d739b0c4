import { type Build, newBuildId } from '../domain/build.ts';
import { buildKey } from '../domain/build-key.ts';
import { buildSecretsOf, type Plan } from '../domain/plan.ts';
import type { IfBusy } from '../domain/queue-policy.ts';
import { tagImmutable } from '../domain/tag-ownership.ts';
import type { BuildStore } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobBackend } from '../ports/job-backend.ts';
import type { Registry } from '../ports/registry.ts';
import type { AskedRequest } from '../ports/request-store.ts';
import { decideMove, standingTag } from './publish/tag-moves.ts';

/** A plan to build, and how: the reference, force and the queue policy. */
export interface SubmitRequest {
  readonly plan: Plan;
  /** What the user named: a branch, a tag, or the commit itself. */
  readonly reference: string;
  /** Build even if the images exist, and replace tags of unknown owners, and moving tags of other owners. */
  readonly force: boolean;
  /** Name of the API token that requested it, for the history. */
  readonly by?: string | undefined;
  /** What to do if another build is going to publish one of its tags. @default 'refuse' */
  readonly ifBusy?: IfBusy | undefined;
  /** The API request that a created build answers. */
  readonly request?: AskedRequest | undefined;
}

/** The registry is that of the plan's destination; the backend is the one that will run the jobs. */
export interface SubmitParts {
  readonly store: BuildStore;
  readonly backend: Pick<JobBackend, 'check'>;
  readonly registry: Registry;
  readonly clock: Clock;
}

/** The build of a submit, new or existing. */
export interface SubmitResult {
  /** `joined`: the same build is in progress. `exists`: it was published, and all of it is still in the registry. */
  readonly outcome: 'created' | 'joined' | 'exists';
  readonly build: Build;
}

/**
 * Accepts a plan after checking that its jobs can start: the same plan submitted twice is one build.
 *
 * @throws what `JobBackend.check` throws when the backend cannot start the plan's jobs
 * @throws TagInUse when another live build is going to publish one of its tags, and `ifBusy` is `refuse`
 * @throws TagExists, TagImmutable when a tag exists in the registry and must not be replaced
 * @throws ReferenceInvalid when a tag reads as another commit
 * @throws RegistryUnreachable, RegistryAccessDenied, StoreUnavailable
 */
export async function submitBuild(
  { plan, reference, force, by, ifBusy, request }: SubmitRequest,
  parts: SubmitParts,
): Promise<SubmitResult> {
  const { store, clock } = parts;
  await parts.backend.check(
    plan.jobs.map(({ platform }) => platform),
    buildSecretsOf(plan.jobs),
  );
  const key = buildKey(plan);
  const known = await store.findByKey(key);
  if (known !== undefined && known.state !== 'published') return { outcome: 'joined', build: known };
  if (known !== undefined && !force && (await stillPublished(known, parts.registry)))
    return { outcome: 'exists', build: known };

  const build = newBuild({ plan, reference, force, by, key, now: clock.now() });
  await checkTags(build, plan, parts);
  const created = {
    type: 'build.created',
    commit: build.commit,
    recipe: build.recipe,
    platforms: build.jobs.map((job) => job.platform),
    by,
  } as const;
  const result = await store.create(build, plan, [created], { request, ifBusy });
  return { outcome: result.created ? 'created' : 'joined', build: result.build };
}

/** A published build counts only while the registry has every digest and its own tags still point to them. */
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

/** Whatever publication could refuse is refused before anything is built. */
async function checkTags(build: Build, plan: Plan, parts: SubmitParts): Promise<void> {
  const { registry } = parts;
  await Promise.all(
    plan.tags.map(async (planned) => {
      const standing = await standingTag(build.destination, planned.tag, parts);
      if (standing !== undefined && (await registry.isImmutable(planned.tag)))
        throw tagImmutable(registry.repository, planned.tag, standing.digest);
      decideMove(build, planned, standing);
    }),
  );
}

function newBuild(
  from: Pick<SubmitRequest, 'plan' | 'reference' | 'force' | 'by'> & { key: string; now: number },
): Build {
  const { plan, reference, force, by, key, now } = from;
  return {
    id: newBuildId(now),
    key,
    version: 1,
    state: 'building',
    recipe: plan.recipe.name,
    repository: plan.source.repository,
    commit: plan.source.commit,
    reference,
    branch: plan.source.branch,
    submittedBy: by,
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
