import { randomInt } from 'node:crypto';
import type { BaseImage } from './base-image.ts';
import type { Failure, PhaseSpan } from './failure.ts';
import type { ImageContent, ProgramFinding } from './image-content.ts';
import { type Platform, platformSuffix } from './platform.ts';
import type { QueuePlace } from './queue-policy.ts';

/**
 * - `waiting`: its jobs are submitted once the builds ahead of it, which publish the same tags, have ended
 * - `building`: jobs are waiting, running, or being stopped
 * - `publishing`: every job succeeded and every image was read back; tags are being put, or, once it has a failure, put
 *   back
 * - `published`, `failed`, `cancelled`, `superseded`: ended. All but a published build can be retried
 */
export const buildStates = [
  'waiting',
  'building',
  'publishing',
  'published',
  'failed',
  'cancelled',
  'superseded',
] as const;

/** For each there is an event `build.{state}`. */
export const endStates = ['published', 'failed', 'cancelled', 'superseded'] as const satisfies readonly BuildState[];

/** A state of `buildStates`; only a retry leaves those of `endStates`. */
export type BuildState = (typeof buildStates)[number];

/** One run of a plan. Immutable: `evolve` derives the next value from an event. */
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
  /** The branch that contains the commit, where one is known. */
  readonly branch?: string;
  /** Name of the API token or push that requested it; undefined for the command line. */
  readonly submittedBy?: string;
  /** First line of the commit's message, and its author's name, once a job reported them. */
  readonly subject?: string;
  readonly author?: string;
  /** `host[:port]/path` of the registry's repository. */
  readonly destination: string;
  /** Whether existing tags in the registry may be replaced. */
  readonly force: boolean;
  readonly timeouts: { readonly waitSeconds: number; readonly runSeconds: number };
  /** Milliseconds since the Unix epoch, like all times here. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt?: number;
  readonly cancelRequestedAt?: number;
  /** Only while it is `waiting`. */
  readonly queue?: QueuePlace;
  /** Id of the newer build that took its place; set already while its jobs are being stopped for that. */
  readonly supersededBy?: string;
  readonly failure?: Failure;
  /** What it is waiting for although its jobs have ended: a registry that does not answer. */
  readonly waitingFor?: string;
  readonly jobs: readonly Job[];
  /** In the order of the plan: job by job, step by step. */
  readonly images: readonly BuiltImage[];
  readonly tags: readonly TagMove[];
}

/**
 * - `pending`: to be submitted
 * - `active`: its last attempt is at the backend
 * - `built`: the builder succeeded; its images are to be read back from the registry
 * - `succeeded`, `failed`, `stopped`: ended
 */
export type JobState = 'pending' | 'active' | 'built' | 'succeeded' | 'failed' | 'stopped';

/** The work of one platform. A job is retried in further attempts, up to the driver's `maxAttempts`. */
export interface Job {
  readonly platform: Platform;
  readonly state: JobState;
  readonly attempts: readonly Attempt[];
  /** Number of the first attempt since the build was submitted or retried: attempts are limited from there. */
  readonly firstAttempt: number;
  readonly failure?: Failure;
}

/**
 * - `intended`: recorded before the submit; whether a job exists is unknown until it is found or the submit returns
 * - `queued`, `running`: known to the backend
 * - `ended`
 */
export type AttemptState = 'intended' | 'queued' | 'running' | 'ended';

/** One run of a job at the backend, recorded before it is submitted. Times are milliseconds since the Unix epoch. */
export interface Attempt {
  /** Counts from 1 and continues across retries: no two attempts of a build's platform share a name. */
  readonly number: number;
  readonly name: string;
  readonly state: AttemptState;
  readonly intendedAt: number;
  /** When it was last submitted, or at the latest may have been: from then on a job of its name may turn up. */
  readonly sentAt: number;
  /** True once the outcome of a submit was unknown: another job of this name may turn up. */
  readonly uncertain: boolean;
  /** Ids of other jobs of the same name, which were terminated. */
  readonly duplicates: readonly string[];
  readonly backendId?: string;
  readonly jobKey?: string;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  /** What it is waiting for before it can start, as the backend reports it. */
  readonly waitingFor?: string;
  /** Since when the backend no longer knows its id. */
  readonly missingSince?: number;
  /** Set, with the reason, once it is to be stopped. */
  readonly stopping?: Stopping;
  readonly phases: readonly PhaseSpan[];
  readonly failure?: Failure;
  /** Digest that the job reports for each image it pushed; undefined for a builder that does not report any. */
  readonly pushed?: Readonly<Record<string, string>>;
  /** The bases that the job reports for each image; undefined for a builder that does not report them. */
  readonly bases?: Readonly<Record<string, readonly BaseImage[]>>;
  /** What the job reports of the programs in each image; undefined for a builder that does not report it. */
  readonly programs?: Readonly<Record<string, ProgramFinding>>;
  /** Whether the backend holds nothing of it any more. */
  readonly released: boolean;
}

/** When the driver decided to stop an attempt, in milliseconds since the Unix epoch, and why. */
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
  /** The bases it was built from; undefined if unknown. */
  readonly bases?: readonly BaseImage[] | undefined;
  /** Undefined if its job reports nothing of its programs. */
  readonly content?: ImageContent | undefined;
}

/** A tag that the build publishes: from which digest to which, and how far that has come. */
export interface TagMove {
  readonly tag: string;
  readonly image: string;
  readonly kind: 'index' | 'image';
  readonly platforms: readonly Platform[];
  readonly moving: boolean;
  /** What the tag pointed to before; undefined for a new tag. */
  readonly oldDigest?: string;
  readonly newDigest: string;
  /** `kept`: a moving tag that a later submit has already moved. */
  readonly state: 'planned' | 'put' | 'kept' | 'reverted';
}

/** Images in the order of the plan: job by job, in whatever order the halves were read back. */
export function inPlanOrder(jobs: readonly Pick<Job, 'platform'>[], images: readonly BuiltImage[]): BuiltImage[] {
  return jobs.flatMap(({ platform }) => images.filter((image) => image.platform === platform));
}

/** Whether nothing more happens to the build unless it is retried. */
export function isEnded({ state }: Pick<Build, 'state'>): boolean {
  return endStates.some((end) => end === state);
}

/** Whether it blocks other builds from publishing its tags: waiting and ended builds do not. */
export function holdsTags({ state }: Pick<Build, 'state'>): boolean {
  return state === 'building' || state === 'publishing';
}

/** Whether a request to stop it still has an effect. */
export function isCancellable({ state }: Pick<Build, 'state'>): boolean {
  return state === 'waiting' || state === 'building';
}

/** The current attempt, or the one with which the job ended; undefined before the first one. */
export function lastAttempt<A = Attempt>(
  job: Pick<Job, 'platform'> & { readonly attempts: readonly A[] },
): A | undefined {
  return job.attempts.at(-1);
}

/** An ended build with something left at the backend: containers, or a duplicate that may still turn up. */
export function hasLeftovers(build: Build): boolean {
  return build.jobs.some((job) => job.attempts.some((attempt) => !attempt.released));
}

/** The name by which a job is found again at its backend. */
export function attemptName(buildId: string, platform: Platform, number: number): string {
  return `twinhull-${buildId}-${platformSuffix(platform)}-${String(number)}`;
}

/** The format of every build id. */
export const buildIdForm = /^[0-9a-z]{12}$/;

/** Twelve characters that sort by time: 8 for the time, 4 random (1.7 million a millisecond). */
export function newBuildId(now: number): string {
  const digits = (value: number, width: number): string => value.toString(36).padStart(width, '0');
  return digits(now, 8) + digits(randomInt(36 ** 4), 4);
}
