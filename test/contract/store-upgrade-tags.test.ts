import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Kysely, Migrator } from 'kysely';
import Database from 'libsql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { migrations } from '../../src/adapters/store/migrations.ts';
import { openPostgresStores } from '../../src/adapters/store/postgres.ts';
import { SharedPostgresDialect } from '../../src/adapters/store/postgres-dialect.ts';
import { openSqliteStores } from '../../src/adapters/store/sqlite.ts';
import { SharedSqliteDialect } from '../../src/adapters/store/sqlite-dialect.ts';
import type { Stores } from '../../src/adapters/store/stores.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres-server.ts';

/** What a release wrote, table by table, and where the tags pointed at that time. */
interface OldStore {
  readonly migration: string;
  readonly standing: Readonly<Record<string, string>>;
  readonly rows: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

const file = new URL('fixtures/store-0004.json', import.meta.url);
const old = JSON.parse(await readFile(file, 'utf8')) as OldStore;
const destination = 'registry.example/acme/model';
const [one, two, three, four, five] = ['a1', 'b2', 'c3', 'd4', 'e5'].map((digits) => digits.repeat(20));
const repository = 'https://git.example/acme/model.git';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

/** Creates the tables as the previous release did, and fills them. */
async function fill(db: Kysely<Record<string, Record<string, unknown>>>): Promise<void> {
  const { error } = await new Migrator({ db, provider: migrations }).migrateTo(old.migration);
  expect(error).toBeUndefined();
  for (const [table, rows] of Object.entries(old.rows)) {
    for (const row of rows) await db.insertInto(table).values(row).execute();
  }
  await db.destroy();
}

async function upgradedSqlite(): Promise<Stores> {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinhull-upgrade-'));
  const database = path.join(folder, 'builds.db');
  await fill(new Kysely({ dialect: new SharedSqliteDialect(new Database(database)) }));
  const stores = await openSqliteStores(database);
  onTestFinished(async () => {
    await stores.builds.close();
    await rm(folder, { recursive: true });
  });
  return stores;
}

async function upgradedPostgres(): Promise<Stores> {
  const url = await server.createDatabase();
  await fill(new Kysely({ dialect: new SharedPostgresDialect(new pg.Pool({ connectionString: url })) }));
  const stores = await openPostgresStores(url);
  onTestFinished(() => stores.builds.close());
  return stores;
}

describe.each([
  ['SQLite', upgradedSqlite],
  ['PostgreSQL', upgradedPostgres],
])('a store of the previous release, on %s', (_, upgraded) => {
  it('keeps every build, plan and token', async () => {
    const { builds, tokens } = await upgraded();
    const listed = await builds.list({ limit: 99 });
    expect(listed.map(({ id }) => id).sort()).toEqual(old.rows['builds']!.map(({ id }) => id));
    expect(listed.map(({ commit, state }) => [commit, state])).toEqual([
      [five, 'building'],
      [four, 'failed'],
      [three, 'published'],
      [two, 'published'],
      [one, 'published'],
    ]);
    for (const { id, commit } of listed) {
      expect((await builds.load(id))?.commit).toBe(commit);
      expect((await builds.loadPlan(id)).source.commit).toBe(commit);
    }
    expect((await tokens.list()).map(({ name }) => name)).toEqual(['ci']);
    expect(await builds.events({ after: 0, limit: 999 })).toHaveLength(old.rows['events']!.length);
  });

  it('knows the owner of each tag: published, promoted, and left by a failed build', async () => {
    const { builds } = await upgraded();
    const records = await Promise.all(
      Object.entries(old.standing).map(([tag, digest]) => builds.tagRecord(destination, tag, digest)),
    );
    const owner = (commit: string | undefined, image = 'task') => ({ repository, recipe: 'sample', image, commit });
    const second = { repository: 'https://git.example/acme/other.git', recipe: 'second', commit: three };
    expect(records.map((record) => [record?.tag, record?.owner, record?.moving])).toEqual([
      [one, owner(one), false],
      [`${one}-submit`, owner(one, 'submit'), false],
      [two, owner(two), false],
      [`${two}-submit`, owner(two, 'submit'), false],
      [four, owner(four), false],
      ['latest', owner(two), true],
      ['next', { ...second, image: 'submit' }, true],
      ['stable', owner(two), true],
      ['stable-submit', owner(two, 'submit'), true],
      ['v1', { ...second, image: 'task' }, false],
    ]);
    const live = listedId(await builds.list({ limit: 1, commit: five }));
    expect(await builds.liveTagHolder(destination, five!)).toBe(live);
  });
});

function listedId([build]: readonly { readonly id: string }[]): string | undefined {
  return build?.id;
}
