import type { Attempt, Build, BuiltImage, Job, TagMove } from '../domain/build.ts';
import type { Failure, PhaseSpan } from '../domain/failure.ts';
import type { BuildSummary } from '../ports/build-store.ts';
import type { AttemptJson, BuildJson, BuildSummaryJson, FailureJson, JobJson, PhaseJson, TagJson } from './json.ts';

/**
 * As much of a build as is shown to people and programs: what its JSON tells, and so the same whether it was read from
 * the store or from a service. Every `Build` is one.
 */
export type ShownBuild = BuildSummary &
  Pick<Build, 'updatedAt' | 'cancelRequestedAt' | 'failure' | 'tags'> & {
    readonly jobs: readonly ShownJob[];
    readonly images: readonly ShownImage[];
  };

export type ShownJob = Pick<Job, 'platform' | 'state' | 'failure'> & { readonly attempts: readonly ShownAttempt[] };

export type ShownAttempt = Pick<
  Attempt,
  'number' | 'state' | 'startedAt' | 'finishedAt' | 'exitCode' | 'phases' | 'failure'
> & { readonly stopping?: Pick<NonNullable<Attempt['stopping']>, 'why'> };

export type ShownImage = Omit<BuiltImage, 'stagingTag'>;

/** The build that `buildToJson` made this of. */
export function buildFromJson(json: BuildJson): ShownBuild {
  return {
    ...summaryFromJson(json),
    updatedAt: milliseconds(json.updatedAt),
    cancelRequestedAt: optional(json.cancelRequestedAt, milliseconds),
    failure: optional(json.failure, failureOf),
    jobs: json.jobs.map(jobOf),
    images: json.images.map(({ image, platform, digest, mediaType, size }) => ({
      image,
      platform,
      digest,
      mediaType,
      size,
    })),
    tags: json.tags.map(tagOf),
  };
}

/** The same of one in a list. */
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
    startedAt: optional(startedAt, milliseconds),
    finishedAt: optional(finishedAt, milliseconds),
    exitCode: exitCode ?? undefined,
    stopping: optional(stopping, (why) => ({ why })),
    phases: phases.map(phaseOf),
    failure: optional(failure, failureOf),
  };
}

function phaseOf({ phase, image, startSeconds, seconds, exitCode }: PhaseJson): PhaseSpan {
  return {
    phase,
    image: image ?? undefined,
    startSeconds,
    seconds: seconds ?? undefined,
    exitCode: exitCode ?? undefined,
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
    infrastructure: json.infrastructure,
  };
}

function milliseconds(time: string): number {
  return Date.parse(time);
}

function optional<T, U>(value: T | null, change: (value: T) => U): U | undefined {
  return value === null ? undefined : change(value);
}
