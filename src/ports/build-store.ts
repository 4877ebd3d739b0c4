import type { Build, BuildState } from '../domain/build.ts';
import type { BuildEvent, RecordedEvent } from '../domain/build-event.ts';
import type { Plan } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import type { AskedRequest } from './request-store.ts';

/**
 * The only memory. Whatever is not in here is forgotten when a process ends.
 *
 * Errors: `StoreUnavailable` whenever it cannot be read or written (a full disk, a lost connection).
 */
export interface BuildStore {
  /**
   * Adds a build unless a live one has the same key: then that one is the answer. With `request`, the answer is kept
   * together with the build, and where the request has one already, that is the answer: no crash comes in between.
   * @throws TagInUse when a live build of another key is going to publish one of its tags
   */
  create(build: Build, plan: Plan, events: readonly BuildEvent[], request?: AskedRequest): Promise<CreateResult>;

  load(id: string): Promise<Build | undefined>;
  loadPlan(id: string): Promise<Plan>;

  /** The live build of this key, or else its latest published one. */
  findByKey(key: string): Promise<Build | undefined>;

  /** How many builds are in each state; a state without any is left out. */
  countByState(): Promise<ReadonlyMap<BuildState, number>>;

  /** Newest first. @throws BuildNotFound when the build of `before` was removed meanwhile */
  list(query: ListQuery): Promise<readonly BuildSummary[]>;

  /**
   * Every build that is not ended, or whose jobs still hold something at their backend; oldest first.
   * @param known builds by their ids: those still of the same version need not be loaded, and are answered as they are
   */
  open(known?: ReadonlyMap<string, Build>): Promise<readonly Build[]>;

  /**
   * Records events and the build that they lead to, together. With `lease`, only while that lease is held.
   * @returns the build as stored
   * @throws BuildConflict when the stored build is not of `build.version`
   * @throws LeaseLost when the lease was taken over
   * @throws TagInUse when a retried build's tags are meanwhile another live build's
   */
  append(build: Build, events: readonly BuildEvent[], at: number, lease?: Lease): Promise<Build>;

  /** Events after `after`, oldest first, at most `limit`. */
  events(query: EventQuery): Promise<readonly RecordedEvent[]>;

  /** Of the latest event; 0 before the first. */
  lastSequence(): Promise<number>;

  /** Who last moved a tag in a destination, and whether that build was submitted later than `createdAt`. */
  lastMove(destination: string, tag: string): Promise<LastMove | undefined>;

  /**
   * Adds to an attempt's log, with the events that its marks tell, together.
   * @returns false when the chunk does not begin where the stored log ends: then nothing is stored
   */
  appendLog(chunk: NewLogChunk, events: readonly BuildEvent[], at: number): Promise<boolean>;
  logPosition(log: LogId): Promise<LogPosition>;
  /** Stored chunks of a log from byte `offset` on, at most `limit`. */
  readLog(log: LogId, offset: number, limit: number): Promise<readonly StoredLogChunk[]>;

  /** Takes the lease when it is free, expired or already ours; undefined when another has it. */
  acquireLease(owner: string, now: number, milliseconds: number): Promise<Lease | undefined>;
  releaseLease(lease: Lease): Promise<void>;
  leaseHolder(now: number): Promise<Lease | undefined>;

  /** Every build with its plan, oldest first, at most `limit` after the build `after`: to look at all of them in pages. */
  scan(after: string | undefined, limit: number): Promise<readonly StoredBuild[]>;

  /**
   * Removes the logs of a build; many small transactions, safe to repeat.
   * @returns false when the build is not of `version` any more or open: then what is left of them stays
   */
  deleteLogs(id: string, version: number): Promise<boolean>;

  /**
   * Removes a build with its logs and events; many small transactions, the build itself in the last one, safe to repeat.
   * @returns false when the build is not of `version` any more or open: then it stays
   */
  deleteBuild(id: string, version: number): Promise<boolean>;

  close(): Promise<void>;
}

export interface CreateResult {
  readonly created: boolean;
  readonly build: Build;
}

export interface ListQuery {
  readonly limit: number;
  readonly states?: readonly BuildState[] | undefined;
  /** The beginning of a commit, or all of it. */
  readonly commit?: string | undefined;
  /** All of the URL, in the form that builds have it. */
  readonly repository?: string | undefined;
  /** Id of the last build of the page before. */
  readonly before?: string | undefined;
}

/** A build without its jobs: what a list shows. */
export type BuildSummary = Pick<
  Build,
  'id' | 'state' | 'recipe' | 'repository' | 'commit' | 'reference' | 'destination' | 'createdAt' | 'finishedAt'
>;

export interface StoredBuild {
  readonly build: Build;
  readonly plan: Plan;
  readonly hasLogs: boolean;
}

export interface EventQuery {
  readonly after: number;
  readonly limit: number;
  readonly buildId?: string;
}

export interface LastMove {
  readonly buildId: string;
  readonly createdAt: number;
  readonly digest: string;
}

export interface Lease {
  readonly owner: string;
  /** Grows whenever the owner changes. */
  readonly epoch: number;
  readonly expiresAt: number;
}

export interface LogId {
  readonly buildId: string;
  readonly platform: Platform;
  readonly attempt: number;
}

/** How far a log was collected: its length in bytes, and the backend's cursor to go on from. */
export interface LogPosition {
  readonly offset: number;
  readonly cursor: string | undefined;
}

export interface NewLogChunk {
  readonly log: LogId;
  /** Where the chunk begins, in bytes. */
  readonly offset: number;
  readonly text: string;
  readonly cursor: string;
}

export interface StoredLogChunk {
  readonly offset: number;
  readonly text: string;
}
