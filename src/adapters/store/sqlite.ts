import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { Kysely } from 'kysely';
import Database from 'libsql';
import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import { migrate } from './migrate.ts';
import type { Tables } from './schema.ts';
import { busyTimeout, type SharedDatabase, SharedSqliteDialect } from './sqlite-dialect.ts';
import { type Stores, storesOn } from './stores.ts';

/**
 * Opens the store in a file, making it and its folder when they are not there, for this user alone: a log may hold
 * what a repository should not have printed.
 *
 * @throws StoreUnavailable when the file cannot be opened, written or migrated
 */
export async function openSqliteStore(file: string): Promise<BuildStore> {
  return (await openSqliteStores(file, { readsApart: false })).builds;
}

/**
 * The same, with all else that a service keeps in the file. With `readsApart`, those who only read have a connection of
 * their own, as far as a database in memory can have another one.
 */
export async function openSqliteStores(file: string, { readsApart = true } = {}): Promise<Stores> {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const db = open(file);
    await migrate(db);
    // The lease needs none of its own: writes that wait for each other alone are done before any timer renews it.
    return storesOn(db, readsApart && file !== ':memory:' ? { reads: open(file, { readOnly: true }) } : {});
  } catch (error) {
    if (TwinhullError.is(error)) throw error;
    throw new TwinhullError('StoreUnavailable', `the build store ${file} cannot be opened: ${reasonOf(error)}`, {
      cause: error,
      hint: 'check that the folder can be written and has space, or name another with TWINHULL_STATE_DIR',
    });
  }
}

function open(file: string, options?: { readonly readOnly: boolean }): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new SharedSqliteDialect(openDatabase(file, options)) });
}

function openDatabase(file: string, { readOnly = false } = {}): SharedDatabase {
  if (file !== ':memory:') createForThisUser(file);
  const database = new Database(file, { timeout: busyTimeout });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    if (readOnly) database.pragma('query_only = ON');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * SQLite itself would let others read it where the folder was there before; its further files take their mode from it.
 * One that is there is not opened: closing it again would drop the locks of all connections that this process has to
 * it, and other processes would take it for theirs (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
function createForThisUser(file: string): void {
  try {
    closeSync(openSync(file, 'ax', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
