import type { Platform } from '../domain/platform.ts';

/**
 * Runs builder containers: one job per platform and attempt.
 *
 * Every call may be repeated. A call that throws has an unknown outcome unless its error states otherwise: after a
 * failed `submit` the caller checks with `findByName` before it submits again.
 *
 * Errors: `JobRefused` (the backend refuses for good: nothing was started), `BuilderImageMissing`, `EngineUnsuitable`,
 * `SettingInvalid`, `RecipeInvalid` likewise; `EngineUnreachable`, `BackendUnreachable` (outcome unknown).
 */
export interface JobBackend {
  readonly name: string;
  readonly features: JobBackendFeatures;

  /**
   * Checks, before a build is accepted, that jobs of these platforms with these build secrets can be started at all.
   * @throws EngineUnreachable, EngineUnsuitable, BuilderImageMissing, SettingInvalid
   */
  check(platforms: readonly Platform[], buildSecrets?: readonly string[]): Promise<void>;

  /** For a backend with a rate limit: resolves when the next `submit` may go, or `signal` aborts. It never rejects. */
  readyToSubmit?(signal: AbortSignal): Promise<void>;

  /** Starts a job. A backend whose names are unique adopts the job that already has this name. */
  submit(request: JobRequest, options?: SubmitOptions): Promise<JobHandle>;

  /**
   * The backend's view of these ids, in as few calls as it allows. Unknown ids are omitted, and so are those passed to
   * `unseen`, which may exist.
   */
  describe(ids: readonly string[], options?: DescribeOptions): Promise<ReadonlyMap<string, JobObservation>>;

  /**
   * Every job with exactly this name, including ended ones, earliest first.
   * @param platform of the jobs: avoids a query of the other platform's queue. @default any
   */
  findByName(name: string, platform?: Platform): Promise<readonly JobHandle[]>;

  /** Stops a job in any state: TERM, then KILL after a grace period of 30 s. No error when it is gone or has ended. */
  terminate(id: string, reason: string): Promise<void>;

  /**
   * The job's output from `cursor` on (from the start without one). With `follow`, ends when the job has ended and all
   * was read; otherwise when all current output was read. Ends early, without error, when `signal` aborts.
   */
  readLog(id: string, options: ReadLogOptions): AsyncIterable<LogChunk>;

  /** Frees what the backend keeps of an ended job (a container, its disk). No error when it is gone. */
  release(id: string): Promise<void>;

  /**
   * Reports changes of our jobs until `signal` aborts; returns at once if this backend has no events. Reports are only
   * hints to poll: they may be missing, late, repeated, out of order, or without a change.
   */
  watch?(listener: ChangeListener, signal: AbortSignal): Promise<void>;
}

/** Receives what `watch` reports. */
export interface ChangeListener {
  /** @param id of the changed job; without it, any job may have changed */
  changed(id?: string): void;
  /**
   * Events become available or unavailable. Before the first call they count as unavailable.
   * @param trouble why they are not available
   */
  onConnectionChange(eventsAvailable: boolean, trouble?: unknown): void;
  /** A message about no job of ours was discarded. */
  unusable(why: UnusableMessage, detail: string): void;
  /**
   * This many messages could not be deleted from their queue, and are received again until it gives up on them.
   * @param isLasting whether the failure does not pass by itself
   */
  undeleted(messages: number, trouble: unknown, isLasting: boolean): void;
}

/** `malformed`: no event of a job; `foreign`: of a job that is not ours. */
export type UnusableMessage = 'malformed' | 'foreign';

/** What the driver may rely on at a backend. */
export interface JobBackendFeatures {
  /** Whether `readLog` with `follow` delivers while the job runs. */
  readonly liveLogs: boolean;
  /** Whether a second submit of a name adopts the first one's job. Otherwise a name may have several jobs. */
  readonly uniqueNames: boolean;
  /** How many jobs may run at once; undefined for a backend that queues jobs itself. */
  readonly maxConcurrentJobs: number | undefined;
  /** How long after a submit with unknown outcome `findByName` may still miss the job, in milliseconds. */
  readonly settleMilliseconds: number;
}

/** A job to start. The backend keeps its name and platform, by which it is found again after a crash. */
export interface JobRequest {
  /** Derived from build, platform and attempt: the key for finding the job again. `[A-Za-z0-9_-]{1,128}` */
  readonly name: string;
  readonly platform: Platform;
  readonly buildId: string;
  readonly attempt: number;
  /** The job contract (src/builder/contract.ts). Never contains a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ids of the secrets that its steps pass to `docker build --secret`. */
  readonly buildSecrets: readonly string[];
  /** `host[:port]` of the registry it pushes to. */
  readonly registryHost: string;
  /** The longest that the job may run, in seconds, where the backend can enforce it too. */
  readonly timeoutSeconds: number;
}

/** How a submit can be given up. */
export interface SubmitOptions {
  /** Stops retrying a throttled submit: `BackendUnreachable`. A request that was already sent continues. */
  readonly signal?: AbortSignal | undefined;
}

/** How a poll of many jobs treats those that cannot be described. */
export interface DescribeOptions {
  /** Called with the reason for each id that could not be described although others could. @default the call fails */
  readonly unseen?: ((id: string, why: unknown) => void) | undefined;
}

/** A job that the backend has accepted. */
export interface JobHandle {
  /** The backend's own id of the job. */
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the Unix epoch. From `submit`, where the backend returns no time: by this machine's clock. */
  readonly createdAt: number;
}

/** `queued` also covers a job that the backend has restarted and that waits again. */
export type JobObservationState = 'queued' | 'running' | 'succeeded' | 'failed';

/** A job as the backend describes it now. Times are milliseconds since the Unix epoch, by the backend's clock. */
export interface JobObservation extends JobHandle {
  readonly state: JobObservationState;
  /** The job key of the current or last run, with which its staging tags end. Undefined before it started. */
  readonly jobKey: string | undefined;
  /** Start of the current wait, if the backend requeues lost jobs. Milliseconds since the Unix epoch. */
  readonly queuedSince?: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  /** The backend's own explanation of why it waits or failed. */
  readonly reason?: string;
  /** Name of its queue, where the backend has queues. */
  readonly queue?: string;
  /** True when the backend itself ended it because it ran longer than `timeoutSeconds`. */
  readonly timedOut?: boolean;
  /** True when the host or engine was lost, or the builder image could not be pulled: not the build's own fault. */
  readonly infrastructureFailure?: boolean;
  /** True when the backend used up its own restarts for this failure: the orchestrator then does not retry. */
  readonly retriesSpent?: boolean;
}

/** From where to read a job's log, and whether to continue until it ends. */
export interface ReadLogOptions {
  readonly cursor?: string | undefined;
  readonly follow: boolean;
  readonly signal?: AbortSignal;
}

/** A piece of a job's log. */
export interface LogChunk {
  /** Whole lines, each with its newline, which only a log's last chunk may lack. A line over 1 MiB may be split. */
  readonly text: string;
  /** Where to continue after this chunk. Opaque to the caller. */
  readonly cursor: string;
  /**
   * When each line was printed, in milliseconds since the Unix epoch, by the backend's clock; one for each line of
   * `text`, a last one without a newline included. Undefined where the backend does not know.
   */
  readonly times?: readonly number[] | undefined;
}

/** One request of a backend to the service that runs its jobs. */
export interface BackendRequest {
  /** Such as `batch`. */
  readonly service: string;
  /** The service's own name for it. */
  readonly operation: string;
  /** `unknown`: no response, or one that leaves open what was done. */
  readonly outcome: 'succeeded' | 'throttled' | 'refused' | 'unknown';
  readonly seconds: number;
}
