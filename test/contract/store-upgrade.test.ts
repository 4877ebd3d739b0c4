import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Kysely, Migrator } from 'kysely';
import Database from 'libsql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { toBuildRow, toJobRow } from '../../src/adapters/store/build-rows.ts';
import { migrations } from '../../src/adapters/store/migrations.ts';
import { openPostgresStore } from '../../src/adapters/store/postgres.ts';
import { SharedPostgresDialect } from '../../src/adapters/store/postgres-dialect.ts';
import type { BuildRow, Tables } from '../../src/adapters/store/schema.ts';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import { SharedSqliteDialect } from '../../src/adapters/store/sqlite-dialect.ts';
import type { Build } from '../../src/domain/build.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { BuildStore } from '../../src/ports/build-store.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres-server.ts';
import { sampleBuild, samplePlan } from '../helpers/sample-builds.ts';
import { buildFailed, created, refusal, start } from './build-store/open-store.ts';

/** The last migration before builds could wait. */
const before = '0004-event-cursors';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

const databases = [
  [
    'SQLite',
    async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'twinhull-upgrade-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      const file = path.join(folder, 'builds.db');
      return {
        old: new Kysely<Tables>({ dialect: new SharedSqliteDialect(new Database(file)) }),
        open: () => openSqliteStore(file),
      };
    },
  ],
  [
    'PostgreSQL',
    async () => {
      const url = await server.createDatabase();
      const pool = new pg.Pool({ connectionString: url });
      return {
        old: new Kysely<Tables>({ dialect: new SharedPostgresDialect(pool) }),
        open: () => openPostgresStore(url),
      };
    },
  ],
] as const;

/** A live build as the previous version stored it: with the columns of that time. */
async function storeLiveBuild(db: Kysely<Tables>, build: Build, plan: Plan): Promise<void> {
  const { error } = await new Migrator({ db, provider: migrations }).migrateTo(before);
  expect(error).toBeUndefined();
  const tables = await db.introspection.getTables();
  const columns = tables.find(({ name }) => name === 'builds')?.columns.map(({ name }) => name) ?? [];
  const row = Object.fromEntries(Object.entries(toBuildRow(build, plan)).filter(([name]) => columns.includes(name)));
  await db
    .insertInto('builds')
    .values(row as unknown as BuildRow)
    .execute();
  for (const [position, job] of build.jobs.entries())
    await db
      .insertInto('jobs')
      .values(toJobRow(build.id, job, position))
      .execute();
  const claims = plan.tags.map(({ tag }) => ({ destination: build.destination, tag, build_id: build.id }));
  await db.insertInto('live_tags').values(claims).execute();
  const event = { ...created(build), by: 'ci' };
  const recorded = { build_id: build.id, at: start, type: event.type, event_json: JSON.stringify(event) };
  await db.insertInto('events').values(recorded).execute();
}

describe.each(databases)('a store of the previous version on %s', (_name, make) => {
  it('keeps its live build and the tags that it holds, and queues other builds for them', async () => {
    const { old, open } = await make();
    const plan = samplePlan({ latest: true });
    const build = sampleBuild(plan, { createdAt: start });
    await storeLiveBuild(old, build, plan);
    await old.destroy();

    const store: BuildStore = await open();
    onTestFinished(() => store.close());
    const labels = { branch: plan.source.branch, submittedBy: 'ci' };
    expect(await store.load(build.id)).toEqual({ ...build, ...labels });
    expect(await store.list({ limit: 9 })).toMatchObject([{ id: build.id, state: 'building', ...labels }]);
    const next = samplePlan({ latest: true });
    const newer = sampleBuild(next, { createdAt: start + 1 });
    expect(await refusal(store.create(newer, next, [created(newer)]))).toBe('TagInUse');
    const { build: waiting } = await store.create(newer, next, [created(newer)], { ifBusy: 'queue-newest' });
    expect(waiting).toMatchObject({ state: 'waiting', queue: { behind: build.id } });
    await store.append(build, [buildFailed], start + 2);
    expect(await store.append(waiting, [{ type: 'build.started' }], start + 3)).toMatchObject({ state: 'building' });
  });
});
