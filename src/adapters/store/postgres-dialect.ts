import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  PostgresDialect,
  PostgresDriver,
  type TransactionSettings,
} from 'kysely';
import type { Pool } from 'pg';

/** Held by each transaction that writes, until it ends. Any number does that no other program of the database takes. */
const writersLock = '7316034127001';

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
  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const reads = settings.accessMode === 'read only';
    // Each statement of a write sees what the writer before left, also where the database's own default is stricter.
    await super.beginTransaction(connection, reads ? settings : { ...settings, isolationLevel: 'read committed' });
    if (reads) return;
    try {
      await connection.executeQuery(CompiledQuery.raw(`select pg_advisory_xact_lock(${writersLock})`));
    } catch (error) {
      // Kysely rolls back only what has begun.
      await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => undefined);
      throw error;
    }
  }
}
