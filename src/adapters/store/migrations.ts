import { type Kysely, type Migration, type MigrationProvider, sql } from 'kysely';
import { buildLabels } from './migrate-build-labels.ts';
import { identities, sealedIdTokens } from './migrate-identities.ts';
import { lineTimes } from './migrate-line-times.ts';
import { listIndexes, moreListIndexes } from './migrate-list-indexes.ts';
import { tagRecords } from './migrate-tag-records.ts';
import { trendCounts, trendDays, trendSteps } from './migrate-trends.ts';

const first: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createBuilds(db);
    await createJobs(db);
    await createAttempts(db);
    await createImages(db);
    await createTags(db);
    await createLiveTags(db);
    await createEvents(db);
    await createLogChunks(db);
    await createLeases(db);
  },
};

async function createBuilds(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('builds')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('open', 'integer', (column) => column.notNull())
    .addColumn('live', 'integer', (column) => column.notNull())
    .addColumn('recipe', 'text', (column) => column.notNull())
    .addColumn('repository', 'text', (column) => column.notNull())
    .addColumn('commit_sha', 'text', (column) => column.notNull())
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('destination', 'text', (column) => column.notNull())
    .addColumn('force', 'integer', (column) => column.notNull())
    .addColumn('wait_seconds', 'integer', (column) => column.notNull())
    .addColumn('run_seconds', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .addColumn('cancel_requested_at', 'bigint')
    .addColumn('failure_json', 'text')
    .addColumn('waiting_for', 'text')
    .addColumn('plan_json', 'text', (column) => column.notNull())
    .execute();
  await sql`create unique index builds_live_key on builds (key) where live = 1`.execute(db);
  await sql`create index builds_open on builds (created_at) where open = 1`.execute(db);
  await db.schema.createIndex('builds_key').on('builds').columns(['key', 'created_at']).execute();
  await db.schema.createIndex('builds_created').on('builds').columns(['created_at', 'id']).execute();
  await db.schema.createIndex('builds_commit').on('builds').columns(['commit_sha']).execute();
}

async function createJobs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('jobs')
    .addColumn('build_id', 'text', (column) => column.notNull().references('builds.id').onDelete('cascade'))
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('first_attempt', 'integer', (column) => column.notNull())
    .addColumn('failure_json', 'text')
    .addPrimaryKeyConstraint('jobs_key', ['build_id', 'platform'])
    .execute();
}

async function createAttempts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('attempts')
    .addColumn('build_id', 'text', (column) => column.notNull().references('builds.id').onDelete('cascade'))
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('intended_at', 'bigint', (column) => column.notNull())
    .addColumn('sent_at', 'bigint', (column) => column.notNull())
    .addColumn('uncertain', 'integer', (column) => column.notNull())
    .addColumn('duplicates_json', 'text', (column) => column.notNull())
    .addColumn('backend_id', 'text')
    .addColumn('job_key', 'text')
    .addColumn('started_at', 'bigint')
    .addColumn('finished_at', 'bigint')
    .addColumn('exit_code', 'integer')
    .addColumn('missing_since', 'bigint')
    .addColumn('stopping_json', 'text')
    .addColumn('phases_json', 'text', (column) => column.notNull())
    .addColumn('failure_json', 'text')
    .addColumn('released', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('attempts_key', ['build_id', 'platform', 'number'])
    .execute();
}

async function createImages(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('images')
    .addColumn('build_id', 'text', (column) => column.notNull().references('builds.id').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('image', 'text', (column) => column.notNull())
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('staging_tag', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('media_type', 'text', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('images_key', ['build_id', 'image', 'platform'])
    .execute();
  await db.schema.createIndex('images_digest').on('images').columns(['digest']).execute();
}

async function createTags(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('tags')
    .addColumn('build_id', 'text', (column) => column.notNull().references('builds.id').onDelete('cascade'))
    .addColumn('tag', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('image', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('platforms_json', 'text', (column) => column.notNull())
    .addColumn('moving', 'integer', (column) => column.notNull())
    .addColumn('old_digest', 'text')
    .addColumn('new_digest', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('tags_key', ['build_id', 'tag'])
    .execute();
  await db.schema.createIndex('tags_tag').on('tags').columns(['tag']).execute();
}

async function createLiveTags(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('live_tags')
    .addColumn('destination', 'text', (column) => column.notNull())
    .addColumn('tag', 'text', (column) => column.notNull())
    .addColumn('build_id', 'text', (column) => column.notNull().references('builds.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('live_tags_key', ['destination', 'tag'])
    .execute();
  await db.schema.createIndex('live_tags_build').on('live_tags').columns(['build_id']).execute();
}

async function createLogChunks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('log_chunks')
    .addColumn('build_id', 'text', (column) => column.notNull().references('builds.id').onDelete('cascade'))
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('start_offset', 'bigint', (column) => column.notNull())
    .addColumn('end_offset', 'bigint', (column) => column.notNull())
    .addColumn('cursor', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('log_chunks_key', ['build_id', 'platform', 'attempt', 'start_offset'])
    .execute();
}

async function createLeases(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('leases')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
}

/** The only difference between the two databases: how a growing sequence number is generated. */
async function createEvents(db: Kysely<unknown>): Promise<void> {
  const postgres = db.getExecutor().adapter.constructor.name === 'PostgresAdapter';
  await db.schema
    .createTable('events')
    .addColumn('sequence', postgres ? 'bigserial' : 'integer', (column) =>
      postgres ? column.primaryKey() : column.primaryKey().autoIncrement(),
    )
    .addColumn('build_id', 'text', (column) => column.notNull().references('builds.id').onDelete('cascade'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('event_json', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('events_build').on('events').columns(['build_id', 'sequence']).execute();
}

const waiting: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('attempts').addColumn('waiting_for', 'text').execute();
  },
};

const service: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('tokens')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('scope', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('revoked_at', 'bigint')
      .execute();
    await db.schema
      .createTable('requests')
      .addColumn('owner', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('build_id', 'text', (column) => column.notNull().references('builds.id').onDelete('cascade'))
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('requests_key', ['owner', 'key'])
      .execute();
    await db.schema.createIndex('requests_at').on('requests').columns(['at']).execute();
    await db.schema.createIndex('builds_state').on('builds').columns(['state']).execute();
  },
};

const cursors: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('event_cursors')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('sequence', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/** Builds that wait for others to end; `waiting_tags` contains the tags that they will publish. */
const waitingBuilds: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('builds').addColumn('waits_behind', 'text').execute();
    await db.schema.alterTable('builds').addColumn('when_busy', 'text').execute();
    await db.schema.alterTable('builds').addColumn('superseded_by', 'text').execute();
    await db.schema
      .createTable('waiting_tags')
      .addColumn('destination', 'text', (column) => column.notNull())
      .addColumn('tag', 'text', (column) => column.notNull())
      .addColumn('build_id', 'text', (column) => column.notNull().references('builds.id').onDelete('cascade'))
      .addPrimaryKeyConstraint('waiting_tags_key', ['destination', 'tag', 'build_id'])
      .execute();
    await db.schema.createIndex('waiting_tags_build').on('waiting_tags').columns(['build_id']).execute();
  },
};

const pushed: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('attempts').addColumn('pushed_json', 'text').execute();
  },
};

const bases: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('attempts').addColumn('bases_json', 'text').execute();
    await db.schema.alterTable('images').addColumn('bases_json', 'text').execute();
  },
};

const contents: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('attempts').addColumn('programs_json', 'text').execute();
    await db.schema.alterTable('images').addColumn('content_json', 'text').execute();
  },
};

const sessions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('sessions')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('token_id', 'text', (column) => column.notNull().references('tokens.id').onDelete('cascade'))
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('sessions_expires').on('sessions').columns(['expires_at']).execute();
  },
};

/** Every schema change, oldest first. A released one is never edited. */
export const migrations: MigrationProvider = {
  getMigrations: () =>
    Promise.resolve({
      '0001-builds': first,
      '0002-waiting-jobs': waiting,
      '0003-service': service,
      '0004-event-cursors': cursors,
      '0005-waiting-builds': waitingBuilds,
      '0006-tag-records': tagRecords,
      '0007-pushed-digests': pushed,
      '0008-base-images': bases,
      '0012-sessions': sessions,
      '0013-build-labels': buildLabels,
      '0014-list-indexes': listIndexes,
      '0015-trends': trendCounts,
      '0016-identities': identities,
      '0017-line-times': lineTimes,
      '0018-image-contents': contents,
      '0019-trend-steps': trendSteps,
      '0020-more-list-indexes': moreListIndexes,
      '0021-sealed-id-tokens': sealedIdTokens,
      '0022-trend-days': trendDays,
    }),
};
