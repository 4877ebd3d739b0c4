import type { Generated } from 'kysely';

/** The tables, alike on SQLite and PostgreSQL. Times are milliseconds since the Unix epoch; `_json` columns hold text. */
export interface Tables {
  builds: BuildRow;
  jobs: JobRow;
  attempts: AttemptRow;
  images: ImageRow;
  tags: TagRow;
  live_tags: LiveTagRow;
  events: EventRow;
  log_chunks: LogChunkRow;
  leases: LeaseRow;
  tokens: TokenRow;
  requests: RequestRow;
  event_cursors: EventCursorRow;
}

export interface BuildRow {
  id: string;
  key: string;
  version: number;
  state: string;
  /** 1 while the reconciler has to look at it: not ended, or leftovers at its backend. */
  open: number;
  /** 1 while it is not ended: at most one live build a key. */
  live: number;
  recipe: string;
  repository: string;
  commit_sha: string;
  reference: string;
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
  plan_json: string;
}

export interface JobRow {
  build_id: string;
  platform: string;
  position: number;
  state: string;
  first_attempt: number;
  failure_json: string | null;
}

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
  released: number;
}

export interface ImageRow {
  build_id: string;
  position: number;
  image: string;
  platform: string;
  staging_tag: string;
  digest: string;
  media_type: string;
  size: number;
}

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

/** Which live build is going to publish a tag: the primary key makes it one at most. */
export interface LiveTagRow {
  destination: string;
  tag: string;
  build_id: string;
}

export interface EventRow {
  sequence: Generated<number>;
  build_id: string;
  at: number;
  type: string;
  event_json: string;
}

export interface LogChunkRow {
  build_id: string;
  platform: string;
  attempt: number;
  /** In bytes, where the chunk begins and ends. */
  start_offset: number;
  end_offset: number;
  cursor: string;
  text: string;
}

export interface LeaseRow {
  name: string;
  owner: string;
  epoch: number;
  expires_at: number;
}

export interface TokenRow {
  id: string;
  name: string;
  scope: string;
  hash: string;
  created_at: number;
  revoked_at: number | null;
}

export interface RequestRow {
  owner: string;
  key: string;
  fingerprint: string;
  build_id: string;
  at: number;
}

export interface EventCursorRow {
  name: string;
  sequence: number;
}
