import type { Attempt, Build, BuildState, BuiltImage, Job, JobState, TagMove } from '../domain/build.ts';
import type { Failure, PhaseSpan } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import type { BuildSummary } from '../ports/build-store.ts';

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
}

export interface PhaseJson {
  readonly phase: string;
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
}

export interface FailureJson {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly platform: Platform | null;
  readonly queue: string | null;
  readonly phase: string | null;
  readonly image: string | null;
  readonly reason: string | null;
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

export function buildToJson(build: Build): BuildJson {
  return {
    ...summaryToJson(build),
    jobs: build.jobs.map(jobToJson),
    images: build.images.map((image) => imageToJson(image, build.destination)),
    tags: build.tags.map((move) => tagToJson(move, build.destination)),
    failure: failureToJson(build.failure),
  };
}

export function imagesToJson(build: Build): ImagesJson {
  const { id, commit, destination, tags, images } = buildToJson(build);
  return { id, commit, destination, tags, images };
}

/** A plan is a value made to be read: its own shape, versioned by its field `version`. */
export function planToJson(plan: Plan): Plan {
  return plan;
}

function jobToJson({ platform, state, attempts, failure }: Job): JobJson {
  return { platform, state, attempts: attempts.map(attemptToJson), failure: failureToJson(failure) };
}

function attemptToJson({ number, state, startedAt, finishedAt, exitCode, phases, failure }: Attempt): AttemptJson {
  return {
    number,
    state,
    startedAt: optionalTime(startedAt),
    finishedAt: optionalTime(finishedAt),
    seconds: secondsBetween(startedAt, finishedAt),
    exitCode: exitCode ?? null,
    phases: phases.map(phaseToJson),
    failure: failureToJson(failure),
  };
}

function phaseToJson({ phase, image, startSeconds, seconds, exitCode }: PhaseSpan): PhaseJson {
  return { phase, image: image ?? null, startSeconds, seconds: seconds ?? null, exitCode: exitCode ?? null };
}

function imageToJson({ image, platform, digest, mediaType, size }: BuiltImage, destination: string): ImageJson {
  return { image, platform, digest, reference: `${destination}@${digest}`, mediaType, size };
}

function tagToJson(
  { tag, image, kind, platforms, newDigest, oldDigest, state }: TagMove,
  destination: string,
): TagJson {
  const reference = `${destination}:${tag}`;
  return { tag, reference, image, kind, platforms, digest: newDigest, previousDigest: oldDigest ?? null, state };
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
