import type { Attempt, Build, BuildState, Job } from '../domain/build.ts';
import type { PastRun } from '../domain/build-estimate.ts';
import type { BuildEvent, RecordedEvent } from '../domain/build-event.ts';
import type { Plan } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import type { Displaced, TagClaim } from '../domain/queue.ts';
import type { IfBusy } from '../domain/queue-policy.ts';
import type { TagRecord } from '../domain/tag-ownership.ts';
import type { AskedRequest } from './request-store.ts';
import type { TrendQuery, Trends } from './trends.ts';

/**
 * The only persistent state. Everything else is lost when a process ends.
 *
 * Errors: `StoreUnavailable` whenever it cannot be read or written (a full disk, a lost connection).
 */
export interface BuildStore {
  /**
   * Adds a build unless a live one has the same key: then that one is returned. With `request`, the answer is stored
   * atomically with the build, and if the request already has an answer, that is returned.
   * Where other builds are going to publish one of its tags, `ifBusy` decides (`admit`), also atomically.
   * @throws TagInUse when that is `refuse`
   */
  create(build: Build, plan: Plan, events: readonly BuildEvent[], options?: CreateOptions): Promise<CreateResult>;

  load(id: string): Promise<Build | undefined>;
  loadPlan(id: string): Promise<Plan>;

  /** The live build of this key, or else its latest published one. */
  findByKey(key: string): Promise<Build | undefined>;

  /** How many builds are in each state; states without builds are omitted. */
  countByState(): Promise<ReadonlyMap<BuildState, number>>;

  /** Newest first. @throws BuildNotFound when the build of `before` was removed meanwhile */
  list(query: ListQuery): Promise<readonly BuildSummary[]>;

  /** The jobs of the newest published builds of a recipe, those of the newest build first. */
  pastRuns(query: PastRunsQuery): Promise<readonly PastRun[]>;

  /**
   * Every build that has not ended, or whose jobs still hold something at their backend; oldest first.
   * @param known builds by their ids: those of unchanged version need not be loaded, and are returned as they are
   */
  open(known?: ReadonlyMap<string, Build>): Promise<readonly Build[]>;

  /**
   * Records events and the resulting build, atomically. With `lease`, only while that lease is held.
   * @returns the build as stored
   * @throws BuildConflict when the stored build is not of `build.version`
   * @throws LeaseLost when the lease was taken over
   * @throws TagInUse when a retried or started build's tags are another live build's, or a build ahead waits for them
   */
  append(build: Build, events: readonly BuildEvent[], at: number, lease?: Lease): Promise<Build>;

  /** The tags that waiting builds will publish, and which builds hold them now; in the order of their turns. */
  queue(): Promise<readonly TagClaim[]>;

  /** What ended attempts took, by day. Builds that are removed remain counted. */
  trends(query: TrendQuery): Promise<Trends>;

  /** Events after `after`, oldest first, at most `limit`. */
  events(query: EventQuery): Promise<readonly RecordedEvent[]>;

  /** Sequence of the latest event; 0 before the first. */
  lastSequence(): Promise<number>;

  /** The owner that put `digest` at a tag, if it was a build or promotion of this store. */
  tagRecord(destination: string, tag: string, digest: string): Promise<TagRecord | undefined>;

  /**
   * Records the future owner of tags, before they move. A later record of the same digest at the same tag replaces the
   * earlier one; a record is removed with its build.
   */
  recordTags(records: readonly TagRecord[]): Promise<void>;

  /** Id of the live build that is going to publish a tag. */
  liveTagHolder(destination: string, tag: string): Promise<string | undefined>;

  /**
   * Adds to an attempt's log, atomically with the events that its marks contain.
   * @returns false when the chunk does not begin where the stored log ends: then nothing is stored
   */
  appendLog(chunk: NewLogChunk, events: readonly BuildEvent[], at: number): Promise<boolean>;
  logPosition(log: LogId): Promise<LogPosition>;
  /** The lengths of stored logs in bytes, in the order of `logs`; zero for one without chunks. One query for all. */
  logLengths(logs: readonly LogId[]): Promise<readonly number[]>;
  /** Stored chunks of a log from byte `offset` on: at most `limit`, and none that begins `longestLogRead` after it. */
  readLog(log: LogId, offset: number, limit: number): Promise<readonly StoredLogChunk[]>;

  /** Takes the lease if it is free, expired or already ours; undefined when another process holds it. */
  acquireLease(owner: string, now: number, milliseconds: number): Promise<Lease | undefined>;
  releaseLease(lease: Lease): Promise<void>;
  leaseHolder(now: number): Promise<Lease | undefined>;

  /** Every build with its plan, oldest first, at most `limit` after the build `after`: to read all of them in pages. */
  scan(after: string | undefined, limit: number): Promise<readonly StoredBuild[]>;

  /**
   * Removes the logs of a build; many small transactions, safe to repeat.
   * @returns false when the build is no longer of `version`, or open: then the rest of them stays
   */
  deleteLogs(id: string, version: number): Promise<boolean>;

  /**
   * Removes a build with its logs and events; many small transactions, the build itself in the last, safe to repeat.
   * @returns false when the build is no longer of `version`, or open: then it stays
   */
  deleteBuild(id: string, version: number): Promise<boolean>;

  close(): Promise<void>;
}

/** How a new build is deduplicated and queued. */
export interface CreateOptions {
  readonly request?: AskedRequest | undefined;
  /** @default 'refuse' */
  readonly ifBusy?: IfBusy | undefined;
}

/** `created` is false where an equal build was found instead. */
export interface CreateResult {
  readonly created: boolean;
  readonly build: Build;
  /** The builds that it displaced, in their current state, each with the event that was recorded. */
  readonly displaced: readonly Displaced[];
}

/** Which builds to list, the newest first. Conditions are combined with and. */
export interface ListQuery {
  readonly limit: number;
  readonly states?: readonly BuildState[] | undefined;
  /** A full commit or its beginning. */
  readonly commit?: string | undefined;
  /** The full URL, in its canonical form. */
  readonly repository?: string | undefined;
  readonly branch?: string | undefined;
  /** Name of the recipe. */
  readonly recipe?: string | undefined;
  readonly submittedBy?: string | undefined;
  /** The beginning of a commit or of a build id: lower-case letters and digits, four at least. */
  readonly search?: string | undefined;
  /** Id of the last build of the previous page. */
  readonly before?: string | undefined;
}

/** Which earlier builds an estimate is computed from. */
export interface PastRunsQuery {
  /** Name of the recipe. */
  readonly recipe: string;
  /** @default any */
  readonly repository?: string | undefined;
  /** At most so many builds. */
  readonly builds: number;
}

/** The parts of a build that lists show. */
export type BuildSummary = Pick<
  Build,
  | ('id' | 'state' | 'recipe' | 'repository' | 'commit' | 'reference' | 'destination' | 'createdAt' | 'finishedAt')
  | ('branch' | 'submittedBy' | 'subject' | 'author' | 'queue' | 'supersededBy')
> & { readonly jobs: readonly JobSummary[] };

/** A job with its last attempt, if it has one. */
export type JobSummary = Pick<Job, 'platform' | 'state'> & { readonly attempts: readonly AttemptSummary[] };

/** `intendedAt` is absent where a service of the previous version was asked. */
export type AttemptSummary = Partial<Pick<Attempt, 'intendedAt'>> &
  Pick<Attempt, 'number' | 'startedAt' | 'finishedAt' | 'waitingFor'>;

/** What retention needs to know about an ended build. */
export interface StoredBuild {
  readonly build: Build;
  readonly plan: Plan;
  readonly hasLogs: boolean;
  /** Tags that the build put, or was promoted to. */
  readonly tagRecords: readonly TagRecord[];
}

/** A page of events in the order of their sequence numbers, starting after `after`. */
export interface EventQuery {
  readonly after: number;
  readonly limit: number;
  readonly buildId?: string;
}

/**
 * The right to drive the builds of a store, held by one process at a time. `expiresAt` is in milliseconds since the
 * Unix epoch.
 */
export interface Lease {
  readonly owner: string;
  /** Grows whenever the owner changes. */
  readonly epoch: number;
  readonly expiresAt: number;
}

/** In bytes: chunks that are read at once may have a megabyte each. */
export const longestLogRead = 1024 * 1024;

/** Identifies the log of one attempt. */
export interface LogId {
  readonly buildId: string;
  readonly platform: Platform;
  readonly attempt: number;
}

/** How far a log was collected: its length in bytes, and the backend's cursor for the rest. */
export interface LogPosition {
  readonly offset: number;
  readonly cursor: string | undefined;
}

/** Text to append to a log, with the backend's cursor after it, stored in the same transaction. */
export interface NewLogChunk {
  readonly log: LogId;
  /** Offset of the chunk, in bytes. */
  readonly offset: number;
  readonly text: string;
  readonly cursor: string;
  /** When each line of `text` was printed, in milliseconds since the Unix epoch. */
  readonly times?: readonly number[] | undefined;
}

/** A part of a log. `offset` counts bytes of UTF-8 from the beginning of the log. */
export interface StoredLogChunk {
  readonly offset: number;
  readonly text: string;
  /** When its lines were printed, in the form of `encodeLineTimes`; undefined where it was stored without. */
  readonly lineTimes?: string | undefined;
}
