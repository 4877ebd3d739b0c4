import type { Generated } from 'kysely';

/** The tables on both SQLite and PostgreSQL. Times are milliseconds since the Unix epoch; `_json` columns hold text. */
export interface Tables {
  builds: BuildRow;
  jobs: JobRow;
  attempts: AttemptRow;
  images: ImageRow;
  tags: TagRow;
  live_tags: LiveTagRow;
  waiting_tags: LiveTagRow;
  tag_records: TagRecordRow;
  events: EventRow;
  log_chunks: LogChunkRow;
  leases: LeaseRow;
  tokens: TokenRow;
  sessions: SessionRow;
  sign_ins: SignInRow;
  requests: RequestRow;
  event_cursors: EventCursorRow;
  trend_counts: TrendCountRow;
  trend_steps: TrendStepRow;
  trend_days: TrendDayRow;
}

/** Times are milliseconds since the Unix epoch in all tables. */
export interface BuildRow {
  id: string;
  key: string;
  version: number;
  state: string;
  /** 1 while the reconciler handles it: it has not ended, or has leftovers at its backend. */
  open: number;
  /** 1 while it has not ended: at most one live build per key. */
  live: number;
  recipe: string;
  repository: string;
  commit_sha: string;
  reference: string;
  branch: string | null;
  submitted_by: string | null;
  /** Of the commit, once a job reported them. They change without a new version. */
  subject: string | null;
  author: string | null;
  destination: string;
  force: number;
  wait_seconds: number;
  run_seconds: number;
  created_at: number;
  updated_at: number;
  finished_at: number | null;
  cancel_requested_at: number | null;
  failure_json: string | null;
  waiting_for: string | null;
  /** Both are set for waiting builds only. */
  waits_behind: string | null;
  when_busy: string | null;
  superseded_by: string | null;
  plan_json: string;
}

/** A build's job for one platform. */
export interface JobRow {
  build_id: string;
  platform: string;
  position: number;
  state: string;
  first_attempt: number;
  failure_json: string | null;
}

/** One run of a job at the backend. */
export interface AttemptRow {
  build_id: string;
  platform: string;
  number: number;
  name: string;
  state: string;
  intended_at: number;
  sent_at: number;
  uncertain: number;
  duplicates_json: string;
  backend_id: string | null;
  job_key: string | null;
  started_at: number | null;
  finished_at: number | null;
  exit_code: number | null;
  waiting_for: string | null;
  missing_since: number | null;
  stopping_json: string | null;
  phases_json: string;
  failure_json: string | null;
  pushed_json: string | null;
  bases_json: string | null;
  programs_json: string | null;
  released: number;
}

/** An image that was read back from the registry. */
export interface ImageRow {
  build_id: string;
  position: number;
  image: string;
  platform: string;
  staging_tag: string;
  digest: string;
  media_type: string;
  size: number;
  bases_json: string | null;
  content_json: string | null;
}

/** A tag that a build publishes, and its state. */
export interface TagRow {
  build_id: string;
  tag: string;
  position: number;
  image: string;
  kind: string;
  platforms_json: string;
  moving: number;
  old_digest: string | null;
  new_digest: string;
  state: string;
}

/**
 * The build that is going to publish a tag. The primary key of `live_tags` allows one at most; in `waiting_tags` any
 * number of waiting builds may want the same tag.
 */
export interface LiveTagRow {
  destination: string;
  tag: string;
  build_id: string;
}

/** Which owner put a digest at a tag. */
export interface TagRecordRow {
  destination: string;
  tag: string;
  digest: string;
  build_id: string;
  repository: string;
  recipe: string;
  image: string;
  commit_sha: string;
  moving: number;
  decided_at: number;
}

/** An event in its JSON form; `sequence` orders the events of all builds. */
export interface EventRow {
  sequence: Generated<number>;
  build_id: string;
  at: number;
  type: string;
  event_json: string;
}

/** A part of a log. */
export interface LogChunkRow {
  build_id: string;
  platform: string;
  attempt: number;
  /** Byte offsets of the chunk's beginning and end. */
  start_offset: number;
  end_offset: number;
  cursor: string;
  text: string;
  /** When its lines were printed, in the form of `encodeLineTimes`; null in logs of earlier versions. */
  line_times: string | null;
}

/** How many attempts that ended on a day took how long for a stage. It outlives the builds. */
export interface TrendCountRow {
  /** UTC, in days since 1970. */
  day: number;
  recipe: string;
  platform: string;
  stage: string;
  outcome: string;
  milliseconds: number;
  count: number;
}

/** How many steps of images did not run on a day, of all. It outlives the builds. */
export interface TrendStepRow {
  /** UTC, in days since 1970. */
  day: number;
  recipe: string;
  platform: string;
  cached: number;
  steps: number;
}

/** The trends of a day, of one recipe or, without a name, of all. */
export interface TrendDayRow {
  day: number;
  recipe: string;
  trends_json: string;
}

/** The lease of the driver, one row. */
export interface LeaseRow {
  name: string;
  owner: string;
  epoch: number;
  expires_at: number;
}

/** An API token, by the hash of its secret. */
export interface TokenRow {
  id: string;
  name: string;
  scope: string;
  hash: string;
  created_at: number;
  revoked_at: number | null;
  /** Both are set for the token of a person who signed in by OpenID Connect. */
  issuer: string | null;
  subject: string | null;
}

/** A browser's session, or a link that creates one; by the hash of its secret. */
export interface SessionRow {
  id: string;
  kind: 'session' | 'link';
  token_id: string;
  hash: string;
  created_at: number;
  expires_at: number;
  sealed_id_token: string | null;
}

/** A sign-in at an OpenID provider that has not ended, by the hash of the browser's secret. */
export interface SignInRow {
  id: string;
  hash: string;
  return_to: string;
  replaces: string | null;
  created_at: number;
  expires_at: number;
}

/** A submit with an idempotency key, and the build that answered it. */
export interface RequestRow {
  owner: string;
  key: string;
  fingerprint: string;
  build_id: string;
  at: number;
}

/** How far a consumer of events has come. */
export interface EventCursorRow {
  name: string;
  sequence: number;
}
