import type { TagMove } from '../domain/build.ts';
import type { Failure, PhaseSpan } from '../domain/failure.ts';
import type { BuildSummary, JobSummary } from '../ports/build-store.ts';
import type { AttemptJson, FailureJson, JobJson, JobSummaryJson, PhaseJson } from './job-shapes.ts';
import type { BuildJson, BuildSummaryJson, TagJson } from './shapes.ts';
import type { ShownAttempt, ShownBuild, ShownJob } from './shown-build.ts';

/** The inverse of `buildToJson`. */
export function buildFromJson(json: BuildJson): ShownBuild {
  return {
    ...summaryFromJson(json),
    updatedAt: milliseconds(json.updatedAt),
    cancelRequestedAt: optional(json.cancelRequestedAt, milliseconds),
    failure: optional(json.failure, failureOf),
    jobs: json.jobs.map(jobOf),
    images: json.images.map(({ image, platform, digest, mediaType, size, bases }) => ({
      image,
      platform,
      digest,
      mediaType,
      size,
      // Absent from services of the previous version.
      bases: (bases ?? undefined)?.map((base) => ({ reference: base.reference, digest: base.digest ?? undefined })),
    })),
    tags: json.tags.map(tagOf),
  };
}

/** The inverse of `summaryToJson`. */
export function summaryFromJson(json: BuildSummaryJson): BuildSummary {
  const { id, state, recipe, repository, commit, reference, destination, createdAt, finishedAt } = json;
  return {
    id,
    state,
    recipe,
    repository,
    commit,
    reference,
    destination,
    createdAt: milliseconds(createdAt),
    finishedAt: optional(finishedAt, milliseconds),
    // Absent from services of the previous version.
    queue: json.queue ?? undefined,
    supersededBy: json.supersededBy ?? undefined,
    branch: json.branch ?? undefined,
    submittedBy: json.submittedBy ?? undefined,
    subject: json.subject ?? undefined,
    author: json.author ?? undefined,
    jobs: (json.jobs as readonly JobSummaryJson[] | undefined)?.map(jobSummaryOf) ?? [],
  };
}

function jobSummaryOf({ platform, state, attempt, ...times }: JobSummaryJson): JobSummary {
  if ((attempt ?? undefined) === undefined) return { platform, state, attempts: [] };
  const { queuedAt, startedAt, finishedAt, waitingFor } = times;
  return {
    platform,
    state,
    attempts: [
      {
        number: attempt ?? 0,
        intendedAt: optional(queuedAt, milliseconds),
        startedAt: optional(startedAt, milliseconds),
        finishedAt: optional(finishedAt, milliseconds),
        waitingFor: waitingFor ?? undefined,
      },
    ],
  };
}

function jobOf({ platform, state, attempts, failure }: JobJson): ShownJob {
  return { platform, state, attempts: attempts.map(attemptOf), failure: optional(failure, failureOf) };
}

function attemptOf(json: AttemptJson): ShownAttempt {
  const { number, state, startedAt, finishedAt, exitCode, phases, failure, stopping } = json;
  return {
    number,
    state,
    // Absent from services of the previous version.
    intendedAt: optional((json.queuedAt as string | null | undefined) ?? null, milliseconds),
    waitingFor: (json.waitingFor as string | null | undefined) ?? undefined,
    startedAt: optional(startedAt, milliseconds),
    finishedAt: optional(finishedAt, milliseconds),
    exitCode: exitCode ?? undefined,
    stopping: optional(stopping, (why) => ({ why })),
    phases: phases.map(phaseOf),
    failure: optional(failure, failureOf),
  };
}

function phaseOf({ phase, image, startSeconds, seconds, exitCode, cache }: PhaseJson): PhaseSpan {
  return {
    phase,
    image: image ?? undefined,
    startSeconds,
    seconds: seconds ?? undefined,
    exitCode: exitCode ?? undefined,
    // Absent from services of the previous version.
    cache: (cache as PhaseJson['cache'] | undefined) ?? undefined,
  };
}

function tagOf({ tag, image, kind, platforms, moving, digest, previousDigest, state }: TagJson): TagMove {
  return { tag, image, kind, platforms, moving, newDigest: digest, oldDigest: previousDigest ?? undefined, state };
}

function failureOf(json: FailureJson): Failure {
  const { code, message, hint, platform, queue, phase, image, reason, exitCode, backendReason, logTail } = json;
  return {
    code,
    message,
    hint,
    platform: platform ?? undefined,
    queue: queue ?? undefined,
    phase: phase ?? undefined,
    image: image ?? undefined,
    reason: reason ?? undefined,
    exitCode: exitCode ?? undefined,
    backendReason: backendReason ?? undefined,
    logTail,
    // Absent from services of the previous version.
    appeared: json.appeared ?? undefined,
    infrastructure: json.infrastructure,
  };
}

function milliseconds(time: string): number {
  return Date.parse(time);
}

function optional<T, U>(value: T | null, change: (value: T) => U): U | undefined {
  return value === null ? undefined : change(value);
}
