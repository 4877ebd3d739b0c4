import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'libsql';
import { expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import { createBuild } from './build-store/open-store.ts';

/** More than SQLite takes parameters in a statement. */
const many = 33_000;

it('lists all of more builds than a statement takes parameters', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinhull-store-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'builds.db');
  const store = await openSqliteStore(file);
  onTestFinished(() => store.close());
  const { build } = await createBuild(store);
  copyBuild(file, build.id);

  const listed = await store.list({ limit: Number.MAX_SAFE_INTEGER });
  expect(listed).toHaveLength(many);
  expect(listed.filter(({ jobs }) => jobs.length !== build.jobs.length)).toEqual([]);
});

/** Fills the file with copies of its only build, under ids and keys of their own. */
function copyBuild(file: string, id: string): void {
  const database = new Database(file);
  const numbers = `with recursive numbers(n) as (select 2 union all select n + 1 from numbers where n < ${many})`;
  for (const [table, key] of [
    ['builds', 'id'],
    ['jobs', 'build_id'],
  ] as const) {
    const columns = (database.prepare(`pragma table_info(${table})`).all() as { name: string }[]).map(
      ({ name }) => name,
    );
    const values = columns.map((name) => (name === key || name === 'key' ? `printf('%012d', n)` : `"${name}"`));
    const names = columns.map((name) => `"${name}"`).join(', ');
    database
      .prepare(
        `insert into ${table} (${names}) ${numbers} select ${values.join(', ')} from ${table}, numbers where ${key} = ?`,
      )
      .run(id);
  }
  database.close();
}
