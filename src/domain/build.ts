import type { Failure, PhaseSpan } from './failure.ts';
import { type Platform, platformSuffix } from './platform.ts';

/**
 * - `building`: jobs wait, run, or are being stopped
 * - `publishing`: every job succeeded and every image was read back; tags are being put, or, once it has a failure,
 *   put back
 * - `published`, `failed`, `cancelled`: ended. A failed or cancelled build can be retried
 */
export const buildStates = ['building', 'publishing', 'published', 'failed', 'cancelled'] as const;

export type BuildState = (typeof buildStates)[number];

/** One run of a plan. A value: `evolve` makes the next one from an event. */
export interface Build {
  readonly id: string;
  /** Hash over everything that makes two builds the same. */
  readonly key: string;
  /** Counts the changes; the store compares it before it writes. */
  readonly version: number;
  readonly state: BuildState;
  readonly recipe: string;
  readonly repository: string;
  readonly commit: string;
  /** What the user named: a branch, tag or short hash; or the commit itself. */
  readonly reference: string;
  /** `host[:port]/path` of the registry's repository. */
  readonly destination: string;
  /** Whether tags that stand in the registry may be replaced. */
  readonly force: boolean;
  readonly timeouts: { readonly waitSeconds: number; readonly runSeconds: number };
  /** Milliseconds since the Unix epoch, as all times here. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt?: number;
  readonly cancelRequestedAt?: number;
  readonly failure?: Failure;
  /** What it waits for although its jobs have ended: a registry that does not answer. */
  readonly waitingFor?: string;
  readonly jobs: readonly Job[];
  readonly images: readonly BuiltImage[];
  readonly tags: readonly TagMove[];
}

/**
 * - `pending`: to be submitted
 * - `active`: its last attempt is with the backend
 * - `built`: the builder ended well; its images are to be read back from the registry
 * - `succeeded`, `failed`, `stopped`: ended
 */
export type JobState = 'pending' | 'active' | 'built' | 'succeeded' | 'failed' | 'stopped';

export interface Job {
  readonly platform: Platform;
  readonly state: JobState;
  readonly attempts: readonly Attempt[];
  /** Number of the first attempt since the build was submitted or retried: attempts are limited from there. */
  readonly firstAttempt: number;
  readonly failure?: Failure;
}

/**
 * - `intended`: recorded before the send; whether a job exists is not known until it is found or the send answers
 * - `queued`, `running`: known to the backend
 * - `ended`
 */
export type AttemptState = 'intended' | 'queued' | 'running' | 'ended';

export interface Attempt {
  /** Counts from 1 and goes on over retries: no two attempts of a build's platform share a name. */
  readonly number: number;
  readonly name: string;
  readonly state: AttemptState;
  readonly intendedAt: number;
  /** When it was last sent, or at the latest may have been: from then on a job of its name may turn up. */
  readonly sentAt: number;
  /** True once a send's outcome was unknown: then another job of this name may turn up. */
  readonly uncertain: boolean;
  /** Ids of other jobs of the same name, which were terminated. */
  readonly duplicates: readonly string[];
  readonly backendId?: string;
  readonly jobKey?: string;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  /** What the backend says that it waits for before it can start. */
  readonly waitingFor?: string;
  /** Since when the backend no longer knows its id. */
  readonly missingSince?: number;
  /** Set once it is to be stopped, with the reason why. */
  readonly stopping?: Stopping;
  readonly phases: readonly PhaseSpan[];
  readonly failure?: Failure;
  /** Whether the backend holds nothing of it any more. */
  readonly released: boolean;
}

export interface Stopping {
  readonly at: number;
  readonly why: 'cancelled' | 'sibling-failed' | 'wait-timeout' | 'run-timeout';
}

/** An image that was read back from the registry by digest. */
export interface BuiltImage {
  readonly image: string;
  readonly platform: Platform;
  readonly stagingTag: string;
  readonly digest: string;
  readonly mediaType: string;
  /** Bytes of all layers and the configuration, compressed. */
  readonly size: number;
}

export interface TagMove {
  readonly tag: string;
  readonly image: string;
  readonly kind: 'index' | 'image';
  readonly platforms: readonly Platform[];
  readonly moving: boolean;
  /** What the tag pointed to before; undefined when there was none. */
  readonly oldDigest?: string;
  readonly newDigest: string;
  /** `kept`: a moving tag that already stands on a later submit. */
  readonly state: 'planned' | 'put' | 'kept' | 'reverted';
}

export function isEnded(build: Pick<Build, 'state'>): boolean {
  return build.state === 'published' || build.state === 'failed' || build.state === 'cancelled';
}

export function lastAttempt<A = Attempt>(
  job: Pick<Job, 'platform'> & { readonly attempts: readonly A[] },
): A | undefined {
  return job.attempts.at(-1);
}

/** An ended build whose jobs still hold something at the backend: containers, or a duplicate that may yet turn up. */
export function hasLeftovers(build: Build): boolean {
  return build.jobs.some((job) => job.attempts.some((attempt) => !attempt.released));
}

/** The key by which a job is found again at its backend. */
export function attemptName(buildId: string, platform: Platform, number: number): string {
  return `twinhull-${buildId}-${platformSuffix(platform)}-${String(number)}`;
}
