import { setTimeout as wait } from 'node:timers/promises';
import {
  type DatabaseConnection,
  type DialectAdapter,
  type Driver,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type TransactionSettings,
} from 'kysely';
import { systemCodeOf } from '../../domain/errors/system-code.ts';
import type { LoopShare } from './loop-share.ts';

/** How long a write waits for another transaction, in milliseconds. */
export const busyTimeout = 10_000;

/** The part of the binding in use. */
export interface SharedDatabase extends SqliteDatabase {
  readonly inTransaction: boolean;
  exec(statement: string): unknown;
}

/** A SQLite file shared by several processes: write transactions take turns, migrations are atomic. */
export class SharedSqliteDialect extends SqliteDialect {
  readonly #database: SharedDatabase;
  readonly #share: LoopShare | undefined;

  /** @param share set where statements give way to other work of the process */
  constructor(database: SharedDatabase, share?: LoopShare) {
    super({ database });
    this.#database = database;
    this.#share = share;
  }

  override createDriver(): Driver {
    return new SharedSqliteDriver(this.#database, this.#share);
  }

  override createAdapter(): DialectAdapter {
    return new SharedSqliteAdapter();
  }
}

/** Begins and ends transactions by `exec`: with libsql, a failed prepared statement blocks later commits. */
class SharedSqliteDriver extends SqliteDriver {
  readonly #database: SharedDatabase;
  readonly #share: LoopShare | undefined;
  /** Resolves when the last caller in line has released the only connection. */
  #lastTurn: Promise<void> = Promise.resolve();
  #endTurn: () => void = () => undefined;

  constructor(database: SharedDatabase, share: LoopShare | undefined) {
    super({ database });
    this.#database = database;
    this.#share = share;
  }

  /** In order: Kysely's own lock wakes all waiting callers at each release, which is slow with thousands of them. */
  override async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#lastTurn;
    let end = (): void => undefined;
    this.#lastTurn = new Promise((resolve) => (end = resolve));
    await before;
    this.#endTurn = end;
    const connection = await super.acquireConnection();
    return this.#share === undefined ? connection : sharing(connection, this.#share);
  }

  override async releaseConnection(): Promise<void> {
    await super.releaseConnection();
    this.#endTurn();
  }

  override async beginTransaction(_: DatabaseConnection, settings?: TransactionSettings): Promise<void> {
    if (settings?.accessMode === 'read only') this.#database.exec('begin');
    else await this.#beginWriting();
  }

  override async commitTransaction(): Promise<void> {
    this.#database.exec('commit');
  }

  /** SQLite itself rolls back on some failures (a full disk); a second rollback would hide the reason. */
  override async rollbackTransaction(): Promise<void> {
    if (this.#database.inTransaction) this.#database.exec('rollback');
  }

  /**
   * A transaction that reads before it writes cannot wait for another writer unless it requests the lock first.
   * SQLite's own wait would block the whole process, including a writer in the same process: so we wait ourselves.
   */
  async #beginWriting(): Promise<void> {
    const deadline = performance.now() + busyTimeout;
    while (!this.#begun(performance.now() > deadline)) await wait(1 + Math.random() * 9);
  }

  /** @returns false when another writer is active, unless this try is `final` */
  #begun(final: boolean): boolean {
    this.#database.exec('pragma busy_timeout = 0');
    try {
      this.#database.exec('begin immediate');
      return true;
    } catch (error) {
      if (final || !isBusy(error)) throw error;
      return false;
    } finally {
      this.#database.exec(`pragma busy_timeout = ${String(busyTimeout)}`);
    }
  }
}

function sharing(connection: DatabaseConnection, share: LoopShare): DatabaseConnection {
  return {
    executeQuery: async (query) => {
      await share.take();
      return connection.executeQuery(query);
    },
    streamQuery: (query, size) => connection.streamQuery(query, size),
  };
}

function isBusy(error: unknown): boolean {
  return systemCodeOf(error).startsWith('SQLITE_BUSY');
}

/** Kysely runs migrations on SQLite without a transaction; a crash or a second process would leave them incomplete. */
class SharedSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
