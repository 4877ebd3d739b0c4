import type { Attempt, BuildState, JobState, Stopping, TagMove } from '../domain/build.ts';
import type { BuildEstimate } from '../domain/build-estimate.ts';
import type { CacheUse } from '../domain/cache-use.ts';
import type { Failure, PhaseSpan } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import type { QueuePlace } from '../domain/queue-policy.ts';

/*
 * The shapes that `--json` prints. Scripts rely on them: fields may be added, but none may change or be removed. Every
 * field is always present, null without a value. Times are ISO 8601 in UTC, sizes bytes, durations seconds.
 */

/** A build in a list, without logs and digests. */
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
  /** For a waiting build: the last build ahead of it. */
  readonly queue: QueuePlace | null;
  /** Id of the newer build that took its place. */
  readonly supersededBy: string | null;
  /** The branch that contains the commit, where one is known. */
  readonly branch: string | null;
  /** Name of the API token or push that requested it; null for the command line. */
  readonly submittedBy: string | null;
  /** First line of the commit's message, once a job reported it. */
  readonly subject: string | null;
  /** Name of the commit's author, once a job reported it. */
  readonly author: string | null;
  readonly jobs: readonly JobSummaryJson[];
}

/** A job and the times of its last attempt. */
export interface JobSummaryJson {
  readonly platform: Platform;
  readonly state: JobState;
  /** Number of its last attempt; null before the first. */
  readonly attempt: number | null;
  /** When it began to wait for a place to run. */
  readonly queuedAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Null while it waits. */
  readonly waitingSeconds: number | null;
  /** Null until it has ended. */
  readonly runningSeconds: number | null;
  /** What it waits for, as the backend reports it; null unless it waits. */
  readonly waitingFor: string | null;
}

/** A build with its jobs, images, tags and failure. */
export interface BuildJson extends BuildSummaryJson {
  readonly jobs: readonly JobJson[];
  readonly images: readonly ImageJson[];
  readonly tags: readonly TagJson[];
  readonly failure: FailureJson | null;
  /** When any part of it last changed. */
  readonly updatedAt: string;
  readonly cancelRequestedAt: string | null;
}

/** The build's job for one platform, with all attempts, the oldest first. */
export interface JobJson extends JobSummaryJson {
  readonly attempts: readonly AttemptJson[];
  readonly failure: FailureJson | null;
}

/** One run of a job at the backend. */
export interface AttemptJson {
  readonly number: number;
  readonly state: Attempt['state'];
  /** When it began to wait for a place to run. */
  readonly queuedAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly seconds: number | null;
  /** Null while it waits. */
  readonly waitingSeconds: number | null;
  /** The backend's last reason why it waits or waited. */
  readonly waitingFor: string | null;
  readonly exitCode: number | null;
  readonly phases: readonly PhaseJson[];
  readonly failure: FailureJson | null;
  /** Why it is being stopped, or was. */
  readonly stopping: Stopping['why'] | null;
}

/** A stretch of a job's log, such as the clone or the build of one image; `seconds` is null while it runs. */
export interface PhaseJson {
  readonly phase: PhaseSpan['phase'];
  readonly image: string | null;
  /** Since the job's first log mark. */
  readonly startSeconds: number;
  readonly seconds: number | null;
  readonly exitCode: number | null;
  /** What the build of an image took from its layer cache; null if it has none, or unknown. */
  readonly cache: CacheUse | null;
}

/** An image of one platform, as it was read back from the registry. */
export interface ImageJson {
  readonly image: string;
  readonly platform: Platform;
  readonly digest: string;
  /** Pull reference: `host[:port]/path@digest`. */
  readonly reference: string;
  readonly mediaType: string;
  readonly size: number;
  /** The images that it was built from; null if unknown. */
  readonly bases: readonly BaseImageJson[] | null;
}

/** An image that a built one starts from, as the engine resolved it. */
export interface BaseImageJson {
  /** As in the Dockerfile, with its host. */
  readonly reference: string;
  /** Null for an image that exists only on the engine. */
  readonly digest: string | null;
}

/** A tag that the build publishes, and what became of it. */
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

/** Why a build or an attempt failed; `code` is one of docs/errors.md. */
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
  /** Tags that others put at the destination meanwhile; null if the registry was not compared. */
  readonly appeared: readonly string[] | null;
  readonly infrastructure: boolean;
}

/** The published references of one build, by tag and by digest. */
export type ImagesJson = Pick<BuildJson, 'id' | 'commit' | 'destination' | 'tags' | 'images'>;

/** What `plan --json` prints. `version` is the version of the plan's own shape. */
export interface PlanJson extends Plan {
  /** Parts of its Dockerfiles that probably do not do what is intended, for Dockerfiles that could be read. */
  readonly warnings: readonly string[];
  /** How long it will take; null where the store could not be read. */
  readonly estimate: BuildEstimate | null;
}
