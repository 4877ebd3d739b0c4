import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  PostgresDialect,
  PostgresDriver,
  type TransactionSettings,
} from 'kysely';
import type { Pool } from 'pg';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import { Turns } from './turns.ts';

/** Held by each transaction that writes, until it ends. Any number does that no other program of the database takes. */
const writersLock = '7316034127001';

/** For the turn within this pool, in milliseconds. */
const longestWait = 10_000;

/**
 * PostgreSQL as several replicas share one database: transactions that write take turns, as they do on SQLite. What one
 * read before it writes still holds when it writes; and events become visible in the order of their numbers, so that
 * whoever reads on from the last one misses none.
 */
export class SharedPostgresDialect extends PostgresDialect {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    super({ pool });
    this.#pool = pool;
  }

  override createDriver(): Driver {
    return new SharedPostgresDriver({ pool: this.#pool });
  }
}

class SharedPostgresDriver extends PostgresDriver {
  readonly #turns = new Turns();
  readonly #ends = new WeakMap<DatabaseConnection, () => void>();

  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    if (settings.accessMode === 'read only') return super.beginTransaction(connection, settings);
    await this.#takeTurn(connection);
    // Each statement of a write sees what the writer before left, also where the database's own default is stricter.
    await super.beginTransaction(connection, { ...settings, isolationLevel: 'read committed' });
    try {
      await connection.executeQuery(CompiledQuery.raw(`select pg_advisory_xact_lock(${writersLock})`));
    } catch (error) {
      // Kysely rolls back only what has begun.
      await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => undefined);
      throw error;
    }
  }

  override async releaseConnection(connection: Parameters<PostgresDriver['releaseConnection']>[0]): Promise<void> {
    this.#ends.get(connection)?.();
    this.#ends.delete(connection);
    await super.releaseConnection(connection);
  }

  /**
   * Within this pool first: of a process that stands still the database then has one lock to take away from each of its
   * pools, not one after the other that each of its connections had asked for.
   */
  async #takeTurn(connection: DatabaseConnection): Promise<void> {
    const end = await this.#turns.take(longestWait);
    if (end !== undefined) {
      this.#ends.set(connection, end);
      return;
    }
    throw new TwinhullError('StoreUnavailable', `a write did not have its turn within ${String(longestWait / 1000)} s`);
  }
}
