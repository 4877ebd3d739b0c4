import type { Attempt, BuildState, JobState, Stopping, TagMove } from '../domain/build.ts';
import type { Failure, PhaseSpan } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import type { BuildSummary } from '../ports/build-store.ts';
import type { ShownAttempt, ShownBuild, ShownImage, ShownJob } from './shown-build.ts';

/*
 * The shapes that `--json` prints. Scripts rely on them: fields may be added, none may change or go. Every field is
 * always there, null where there is nothing to say. Times are ISO 8601 in UTC, sizes bytes, durations seconds.
 */

export interface BuildSummaryJson {
  readonly id: string;
  readonly state: BuildState;
  readonly recipe: string;
  readonly repository: string;
  readonly commit: string;
  /** What the user named: a branch, tag or commit. */
  readonly reference: string;
  /** `host[:port]/path` */
  readonly destination: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly seconds: number | null;
}

export interface BuildJson extends BuildSummaryJson {
  readonly jobs: readonly JobJson[];
  readonly images: readonly ImageJson[];
  readonly tags: readonly TagJson[];
  readonly failure: FailureJson | null;
  /** When anything of it changed last. */
  readonly updatedAt: string;
  readonly cancelRequestedAt: string | null;
}

export interface JobJson {
  readonly platform: Platform;
  readonly state: JobState;
  readonly attempts: readonly AttemptJson[];
  readonly failure: FailureJson | null;
}

export interface AttemptJson {
  readonly number: number;
  readonly state: Attempt['state'];
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly seconds: number | null;
  readonly exitCode: number | null;
  readonly phases: readonly PhaseJson[];
  readonly failure: FailureJson | null;
  /** Why it is, or was, to be stopped. */
  readonly stopping: Stopping['why'] | null;
}

export interface PhaseJson {
  readonly phase: PhaseSpan['phase'];
  readonly image: string | null;
  /** Since the job's first sign of life. */
  readonly startSeconds: number;
  readonly seconds: number | null;
  readonly exitCode: number | null;
}

/** An image of one platform, as it was read back from the registry. */
export interface ImageJson {
  readonly image: string;
  readonly platform: Platform;
  readonly digest: string;
  /** Where it is pulled from: `host[:port]/path@digest`. */
  readonly reference: string;
  readonly mediaType: string;
  readonly size: number;
}

export interface TagJson {
  readonly tag: string;
  /** `host[:port]/path:tag` */
  readonly reference: string;
  readonly image: string;
  readonly kind: TagMove['kind'];
  readonly platforms: readonly Platform[];
  readonly digest: string;
  readonly previousDigest: string | null;
  readonly state: TagMove['state'];
  /** Whether a later build is meant to move it. */
  readonly moving: boolean;
}

export interface FailureJson {
  readonly code: Failure['code'];
  readonly message: string;
  readonly hint: string;
  readonly platform: Platform | null;
  readonly queue: string | null;
  readonly phase: NonNullable<Failure['phase']> | null;
  readonly image: string | null;
  readonly reason: NonNullable<Failure['reason']> | null;
  readonly exitCode: number | null;
  readonly backendReason: string | null;
  readonly logTail: readonly string[];
  readonly infrastructure: boolean;
}

export type ImagesJson = Pick<BuildJson, 'id' | 'commit' | 'destination' | 'tags' | 'images'>;

export function summaryToJson(build: BuildSummary): BuildSummaryJson {
  const { id, state, recipe, repository, commit, reference, destination, createdAt, finishedAt } = build;
  return {
    id,
    state,
    recipe,
    repository,
    commit,
    reference,
    destination,
    createdAt: time(createdAt),
    finishedAt: optionalTime(finishedAt),
    seconds: secondsBetween(createdAt, finishedAt),
  };
}

export function buildToJson(build: ShownBuild): BuildJson {
  return {
    ...summaryToJson(build),
    jobs: build.jobs.map(jobToJson),
    images: build.images.map((image) => imageToJson(image, build.destination)),
    tags: build.tags.map((move) => tagToJson(move, build.destination)),
    failure: failureToJson(build.failure),
    updatedAt: time(build.updatedAt),
    cancelRequestedAt: optionalTime(build.cancelRequestedAt),
  };
}

export function imagesToJson(build: ShownBuild): ImagesJson {
  const { id, commit, destination, tags, images } = buildToJson(build);
  return { id, commit, destination, tags, images };
}

/** A plan is a value made to be read: its own shape, versioned by its field `version`. */
export function planToJson(plan: Plan): Plan {
  return plan;
}

function jobToJson({ platform, state, attempts, failure }: ShownJob): JobJson {
  return { platform, state, attempts: attempts.map(attemptToJson), failure: failureToJson(failure) };
}

function attemptToJson(attempt: ShownAttempt): AttemptJson {
  const { number, state, startedAt, finishedAt, exitCode, phases, failure, stopping } = attempt;
  return {
    number,
    state,
    startedAt: optionalTime(startedAt),
    finishedAt: optionalTime(finishedAt),
    seconds: secondsBetween(startedAt, finishedAt),
    exitCode: exitCode ?? null,
    phases: phases.map(phaseToJson),
    failure: failureToJson(failure),
    stopping: stopping?.why ?? null,
  };
}

function phaseToJson({ phase, image, startSeconds, seconds, exitCode }: PhaseSpan): PhaseJson {
  return { phase, image: image ?? null, startSeconds, seconds: seconds ?? null, exitCode: exitCode ?? null };
}

function imageToJson({ image, platform, digest, mediaType, size }: ShownImage, destination: string): ImageJson {
  return { image, platform, digest, reference: `${destination}@${digest}`, mediaType, size };
}

function tagToJson(
  { tag, image, kind, platforms, newDigest, oldDigest, state, moving }: TagMove,
  destination: string,
): TagJson {
  const reference = `${destination}:${tag}`;
  const digests = { digest: newDigest, previousDigest: oldDigest ?? null };
  return { tag, reference, image, kind, platforms, ...digests, state, moving };
}

function failureToJson(failure: Failure | undefined): FailureJson | null {
  if (failure === undefined) return null;
  const {
    code,
    message,
    hint,
    platform,
    queue,
    phase,
    image,
    reason,
    exitCode,
    backendReason,
    logTail,
    infrastructure,
  } = failure;
  return {
    code,
    message,
    hint,
    platform: platform ?? null,
    queue: queue ?? null,
    phase: phase ?? null,
    image: image ?? null,
    reason: reason ?? null,
    exitCode: exitCode ?? null,
    backendReason: backendReason ?? null,
    logTail: logTail ?? [],
    infrastructure,
  };
}

function time(at: number): string {
  return new Date(at).toISOString();
}

function optionalTime(at: number | undefined): string | null {
  return at === undefined ? null : time(at);
}

function secondsBetween(from: number | undefined, to: number | undefined): number | null {
  return from === undefined || to === undefined ? null : Math.max(0, to - from) / 1000;
}
