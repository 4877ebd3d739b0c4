import path from 'node:path';
import { Kysely } from 'kysely';
import Database from 'libsql';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import { closeToOthers, ensurePrivateFile, ensurePrivateFolder } from '../private-files/private-files.ts';
import { LoopShare } from './loop-share.ts';
import { migrate } from './migrate.ts';
import { QueryWatch } from './query-watch.ts';
import type { Tables } from './schema.ts';
import { busyTimeout, type SharedDatabase, SharedSqliteDialect } from './sqlite-dialect.ts';
import { type Stores, storesOn } from './stores.ts';

const inMemory = ':memory:';

/**
 * Opens the store in a file, and creates it and its folder if they are missing, for this user alone: a log may contain
 * what a repository should not have printed.
 *
 * @throws StoreUnavailable when the file cannot be opened, written or migrated
 */
export async function openSqliteStore(file: string): Promise<BuildStore> {
  return (await openSqliteStores(file, { readsApart: false })).builds;
}

/**
 * The same, with everything else that a service stores in the file. With `readsApart`, reads have a connection of their
 * own, unless the database is in memory, which allows only one.
 */
export async function openSqliteStores(file: string, { readsApart = true } = {}): Promise<Stores> {
  try {
    if (file !== inMemory) ensurePrivateFolder(path.dirname(file));
    const share = file === inMemory ? undefined : new LoopShare();
    const queries = new QueryWatch();
    const db = open(file, { share, queries });
    await migrate(db);
    // The lease needs no connection of its own: writes that only wait for each other end before a timer renews it.
    const isApart = readsApart && file !== inMemory;
    return storesOn(db, { queries, ...(isApart && { reads: open(file, { share, queries, readOnly: true }) }) });
  } catch (error) {
    if (TwinhullError.is(error)) throw error;
    throw new TwinhullError('StoreUnavailable', `the build store ${file} cannot be opened: ${reasonOf(error)}`, {
      cause: error,
      hint: 'check that the folder can be written and has space, or name another with TWINHULL_STATE_DIR',
    });
  }
}

interface OpenOptions {
  /** Undefined for a database in memory. */
  readonly share: LoopShare | undefined;
  readonly queries: QueryWatch;
  /** @default false */
  readonly readOnly?: boolean;
}

function open(file: string, { share, queries, readOnly = false }: OpenOptions): Kysely<Tables> {
  const dialect = new SharedSqliteDialect(openDatabase(file, readOnly), share);
  return new Kysely<Tables>({ dialect, log: queries.log });
}

function openDatabase(file: string, readOnly: boolean): SharedDatabase {
  if (file !== inMemory) closeStoreToOthers(file);
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

/** The database, and the files beside it that SQLite creates with the mode of the database and then keeps. */
function closeStoreToOthers(file: string): void {
  ensurePrivateFile(file);
  for (const suffix of ['-wal', '-shm', '-journal']) closeToOthers(file + suffix);
}
