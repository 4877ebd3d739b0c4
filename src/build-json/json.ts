import { lastAttempt, type TagMove } from '../domain/build.ts';
import type { BuildEstimate } from '../domain/build-estimate.ts';
import type { Failure, PhaseSpan } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import type { BuildSummary, JobSummary } from '../ports/build-store.ts';
import type { AttemptJson, FailureJson, JobJson, JobSummaryJson, PhaseJson } from './job-shapes.ts';
import type { BuildJson, BuildSummaryJson, ImageJson, ImagesJson, TagJson } from './shapes.ts';
import type { ShownAttempt, ShownBuild, ShownImage, ShownJob } from './shown-build.ts';

/** One entry of a list of builds: `list --json` and `GET /v1/builds`. */
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
    queue: build.queue ?? null,
    supersededBy: build.supersededBy ?? null,
    branch: build.branch ?? null,
    submittedBy: build.submittedBy ?? null,
    subject: build.subject ?? null,
    author: build.author ?? null,
    jobs: build.jobs.map(jobSummaryToJson),
  };
}

/** A whole build: `status --json` and `GET /v1/builds/{id}`. Staging tags and keys of jobs are left out. */
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

/** What consumers of a build's images need: `images --json`. */
export function imagesToJson(build: ShownBuild): ImagesJson {
  const { id, commit, destination, tags, images } = buildToJson(build);
  return { id, commit, destination, tags, images };
}

/** What `plan --json` prints. `version` is the version of the plan's own shape. */
export interface PlanJson extends Plan {
  /** Parts of its Dockerfiles that probably do not do what is intended, for Dockerfiles that could be read. */
  readonly warnings: readonly string[];
  /** How long it will take; null where the store could not be read. */
  readonly estimate: BuildEstimate | null;
}

/** A plan is a readable value with a versioned shape of its own (field `version`), so it is printed as it is. */
export function planToJson(plan: Plan, warnings: readonly string[], estimate: BuildEstimate | undefined): PlanJson {
  return { ...plan, warnings, estimate: estimate ?? null };
}

function jobSummaryToJson(job: JobSummary): JobSummaryJson {
  const { platform, state } = job;
  const attempt = lastAttempt(job);
  const { intendedAt, startedAt, finishedAt, waitingFor } = attempt ?? {};
  const waits = startedAt === undefined && finishedAt === undefined;
  return {
    platform,
    state,
    attempt: attempt?.number ?? null,
    queuedAt: optionalTime(intendedAt),
    startedAt: optionalTime(startedAt),
    finishedAt: optionalTime(finishedAt),
    waitingSeconds: secondsBetween(intendedAt, startedAt ?? finishedAt),
    runningSeconds: secondsBetween(startedAt, finishedAt),
    waitingFor: waits ? (waitingFor ?? null) : null,
  };
}

function jobToJson(job: ShownJob): JobJson {
  return {
    ...jobSummaryToJson(job),
    attempts: job.attempts.map(attemptToJson),
    failure: failureToJson(job.failure),
  };
}

function attemptToJson(attempt: ShownAttempt): AttemptJson {
  const { number, state, intendedAt, startedAt, finishedAt, waitingFor, exitCode, phases, failure, stopping } = attempt;
  return {
    number,
    state,
    queuedAt: optionalTime(intendedAt),
    startedAt: optionalTime(startedAt),
    finishedAt: optionalTime(finishedAt),
    seconds: secondsBetween(startedAt, finishedAt),
    waitingSeconds: secondsBetween(intendedAt, startedAt ?? finishedAt),
    waitingFor: waitingFor ?? null,
    exitCode: exitCode ?? null,
    phases: phases.map(phaseToJson),
    failure: failureToJson(failure),
    stopping: stopping?.why ?? null,
  };
}

function phaseToJson({ phase, image, startSeconds, seconds, exitCode, cache }: PhaseSpan): PhaseJson {
  return {
    ...{ phase, image: image ?? null, startSeconds, seconds: seconds ?? null },
    ...{ exitCode: exitCode ?? null, cache: cache ?? null },
  };
}

function imageToJson({ image, platform, digest, mediaType, size, bases }: ShownImage, destination: string): ImageJson {
  const from = bases?.map((base) => ({ reference: base.reference, digest: base.digest ?? null })) ?? null;
  return { image, platform, digest, reference: `${destination}@${digest}`, mediaType, size, bases: from };
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
    appeared,
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
    appeared: appeared ?? null,
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
