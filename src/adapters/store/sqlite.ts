import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Kysely, Migrator, type SqliteDatabase, SqliteDialect } from 'kysely';
import Database from 'libsql';
import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import { migrations } from './migrations.ts';
import type { Tables } from './schema.ts';
import { SqlBuildStore } from './sql-build-store.ts';
import { storeError } from './store-errors.ts';

/** How long a write waits for another process's transaction, in milliseconds. */
const busyTimeout = 10_000;

/**
 * Opens the store in a file, making it and its folder (mode 0700) when they are not there.
 *
 * @throws StoreUnavailable when the file cannot be opened, written or migrated
 */
export async function openSqliteStore(file: string): Promise<BuildStore> {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: openDatabase(file) }) });
    await migrate(db);
    return new SqlBuildStore(db);
  } catch (error) {
    if (TwinhullError.is(error)) throw error;
    throw new TwinhullError('StoreUnavailable', `the build store ${file} cannot be opened: ${reasonOf(error)}`, {
      cause: error,
      hint: 'check that the folder can be written and has space, or name another with TWINHULL_STATE_DIR',
    });
  }
}

function openDatabase(file: string): SqliteDatabase {
  const database = new Database(file, { timeout: busyTimeout });
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('foreign_keys = ON');
  return {
    close: () => database.close(),
    // A transaction that reads before it writes cannot wait for another writer unless it asks for the lock first.
    prepare: (statement) => database.prepare(statement === 'begin' ? 'begin immediate' : statement),
  };
}

async function migrate(db: Kysely<Tables>): Promise<void> {
  const { error } = await new Migrator({ db, provider: migrations }).migrateToLatest();
  if (error !== undefined) throw storeError(error);
}
