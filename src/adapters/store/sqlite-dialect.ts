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

/** How long a write waits for another transaction, in milliseconds. */
export const busyTimeout = 10_000;

/** What is asked of the binding. */
export interface SharedDatabase extends SqliteDatabase {
  readonly inTransaction: boolean;
  exec(statement: string): unknown;
}

/** SQLite as several processes share one file: transactions that write take turns, migrations are whole or not at all. */
export class SharedSqliteDialect extends SqliteDialect {
  readonly #database: SharedDatabase;

  constructor(database: SharedDatabase) {
    super({ database });
    this.#database = database;
  }

  override createDriver(): Driver {
    return new SharedSqliteDriver(this.#database);
  }

  override createAdapter(): DialectAdapter {
    return new SharedSqliteAdapter();
  }
}

/** Begins and ends transactions by `exec`: with libsql, a prepared statement that failed blocks the commits that follow. */
class SharedSqliteDriver extends SqliteDriver {
  readonly #database: SharedDatabase;
  /** Resolves when whoever asked last for the one connection has given it back. */
  #lastTurn: Promise<void> = Promise.resolve();
  #endTurn: () => void = () => undefined;

  constructor(database: SharedDatabase) {
    super({ database });
    this.#database = database;
  }

  /** In turn: Kysely's own lock wakes all who wait whenever one is done, which thousands of them feel. */
  override async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#lastTurn;
    let end = (): void => undefined;
    this.#lastTurn = new Promise((resolve) => (end = resolve));
    await before;
    this.#endTurn = end;
    return super.acquireConnection();
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
   * A transaction that reads before it writes cannot wait for another writer unless it asks for the lock first. SQLite's
   * own waiting would stop the whole process, and in vain if the other writer is in this process too: so we wait.
   */
  async #beginWriting(): Promise<void> {
    const deadline = performance.now() + busyTimeout;
    while (!this.#begun(performance.now() > deadline)) await wait(1 + Math.random() * 9);
  }

  /** @returns false when another writer is at work, unless this try is `final` */
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

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
}

/** Kysely leaves migrations on SQLite without a transaction; a crash or a second process would break them midway. */
class SharedSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
