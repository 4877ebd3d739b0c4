import type { Platform } from '../domain/platform.ts';

/**
 * Runs builder containers: one job per platform and attempt.
 *
 * Every call may be repeated. A call that throws has an unknown outcome unless its error says otherwise:
 * after a failed `submit` the caller looks with `findByName` before it sends again.
 *
 * Errors: `JobRefused` (the backend says no for good: nothing was started), `BuilderImageMissing`,
 * `EngineUnsuitable`, `SettingInvalid`, `RecipeInvalid` likewise; `EngineUnreachable`, `BackendUnreachable` (outcome unknown).
 */
export interface JobBackend {
  readonly name: string;
  readonly features: JobBackendFeatures;

  /**
   * Proves, before a build is accepted, that jobs of these platforms that need these build secrets can be started at
   * all.
   * @throws EngineUnreachable, EngineUnsuitable, BuilderImageMissing, SettingInvalid
   */
  check(platforms: readonly Platform[], buildSecrets?: readonly string[]): Promise<void>;

  /** Where jobs can be sent only so fast: resolves when the next `submit` may go, or `signal` aborts. It never rejects. */
  readyToSubmit?(signal: AbortSignal): Promise<void>;

  /** Starts a job. A backend whose names are unique adopts the job that already has this name. */
  submit(request: JobRequest, options?: SubmitOptions): Promise<JobHandle>;

  /**
   * What the backend knows of these ids, in as few calls as it allows. An id that it does not know is left out; so is one
   * that `unseen` is told of, which it may know.
   */
  describe(ids: readonly string[], options?: DescribeOptions): Promise<ReadonlyMap<string, JobObservation>>;

  /**
   * Every job of exactly this name, ended ones too, earliest first.
   * @param platform theirs: spares a look where jobs of the others stand. @default any
   */
  findByName(name: string, platform?: Platform): Promise<readonly JobHandle[]>;

  /** Stops a job in whatever state it is: TERM, then KILL after a grace of 30 s. No error when it is gone or has ended. */
  terminate(id: string, reason: string): Promise<void>;

  /**
   * The job's output from `cursor` on (from the start without one). With `follow`, ends when the job has ended and
   * all was read; otherwise when all that is there now was read. Ends early, without error, when `signal` aborts.
   */
  readLog(id: string, options: ReadLogOptions): AsyncIterable<LogChunk>;

  /** Frees what the backend keeps of an ended job (a container, its disk). No error when it is gone. */
  release(id: string): Promise<void>;

  /**
   * Tells of changes of our jobs until `signal` aborts, or at once where this backend can tell of none. Only a wake-up:
   * it may miss changes, tell of them late, twice or in any order, and of some that are none.
   */
  watch?(listener: ChangeListener, signal: AbortSignal): Promise<void>;
}

/** Who is told what `watch` hears. */
export interface ChangeListener {
  /** @param id which job, where that is known; else it may be any */
  changed(id?: string): void;
  /**
   * Told when it begins to hear of changes and when it ceases to. Nobody counts on hearing before the first time.
   * @param trouble why it does not
   */
  hearing(hears: boolean, trouble?: unknown): void;
  /** Something came that tells of no job of ours, and was thrown away. */
  unusable(why: UnusableNews, detail: string): void;
  /**
   * So many messages that were told of could not be taken off their queue: they come again, as often as it allows.
   * @param isLasting whether that does not pass by itself
   */
  undeleted(messages: number, trouble: unknown, isLasting: boolean): void;
}

/** `malformed`: no event of a job; `foreign`: of a job that is not ours. */
export type UnusableNews = 'malformed' | 'foreign';

export interface JobBackendFeatures {
  /** Whether `readLog` with `follow` delivers while the job runs. */
  readonly liveLogs: boolean;
  /** Whether a second submit of a name adopts the first one's job. Otherwise a name may have several jobs. */
  readonly uniqueNames: boolean;
  /** How many jobs may run at once; undefined where the backend queues for itself. */
  readonly maxConcurrentJobs: number | undefined;
  /** How long after a submit with unknown outcome `findByName` may still miss the job, in milliseconds. */
  readonly settleMilliseconds: number;
}

export interface JobRequest {
  /** Derived from build, platform and attempt: the key by which the job is found again. `[A-Za-z0-9_-]{1,128}` */
  readonly name: string;
  readonly platform: Platform;
  readonly buildId: string;
  readonly attempt: number;
  /** The job contract (src/builder/contract.ts). Never holds a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ids of the secrets that its steps hand to `docker build --secret`. */
  readonly buildSecrets: readonly string[];
  /** `host[:port]` of the registry it pushes to. */
  readonly registryHost: string;
  /** The longest that the job may run, in seconds, where the backend can enforce it too. */
  readonly timeoutSeconds: number;
}

export interface SubmitOptions {
  /** Gives up what the backend turned away for now and was not sent again yet: `BackendUnreachable`. What is on its way goes on. */
  readonly signal?: AbortSignal | undefined;
}

export interface DescribeOptions {
  /**
   * Told of each id of which nothing could be learnt although of others it could, and why. Without it such a call fails.
   */
  readonly unseen?: ((id: string, why: unknown) => void) | undefined;
}

export interface JobHandle {
  /** The backend's own id of the job. */
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the Unix epoch. Of a handle from `submit`, where the backend does not tell: by the clock of this machine. */
  readonly createdAt: number;
}

export type JobObservationState = 'queued' | 'running' | 'succeeded' | 'failed';

export interface JobObservation extends JobHandle {
  readonly state: JobObservationState;
  /** The job key of the attempt now running or last run: what its staging tags end in. Undefined before it started. */
  readonly jobKey: string | undefined;
  /** While it is queued: since when, told by a backend that puts a lost job back into its queue. Milliseconds since the Unix epoch. */
  readonly queuedSince?: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  /** The backend's own words on why it waits or failed. */
  readonly reason?: string;
  /** Name of the queue that it stands in, where the backend has queues. */
  readonly queue?: string;
  /** True when the backend itself ended it because it ran longer than `timeoutSeconds`. */
  readonly timedOut?: boolean;
  /** True when the host or the engine was lost, or the builder image could not be pulled: not the build's own fault. */
  readonly infrastructureFailure?: boolean;
  /** True when the backend itself started the job anew for what ended it, as often as it does: the orchestrator does not. */
  readonly retriesSpent?: boolean;
}

export interface ReadLogOptions {
  readonly cursor?: string | undefined;
  readonly follow: boolean;
  readonly signal?: AbortSignal;
}

export interface LogChunk {
  /** One or more whole lines, each with its newline; the very last chunk of a log may lack it. A line of over 1 MiB may come in pieces. */
  readonly text: string;
  /** Where to go on after this chunk. Opaque to the caller. */
  readonly cursor: string;
}

/** One request that a backend sent to whatever runs its jobs. */
export interface BackendRequest {
  /** Such as `batch`. */
  readonly service: string;
  /** By the service's own name for it. */
  readonly operation: string;
  /** `unknown`: no answer came, or one that does not tell what was done. */
  readonly outcome: 'succeeded' | 'throttled' | 'refused' | 'unknown';
  readonly seconds: number;
}
