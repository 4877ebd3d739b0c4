import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  PostgresDialect,
  PostgresDriver,
  type TransactionSettings,
} from 'kysely';
import type { Pool } from 'pg';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { WriteQueue } from './write-queue.ts';

/** Advisory lock that each write transaction holds until it ends: a number that no other user of the database takes. */
const writersLock = '7316034127001';

/** The longest wait for a turn within this pool, in milliseconds. */
const longestWait = 10_000;

/**
 * A PostgreSQL database shared by several replicas: write transactions take turns, as they do on SQLite. What one read
 * before it writes is still valid when it writes; and events become visible in the order of their numbers, so that a
 * reader that continues after the last one misses none.
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
  readonly #writeQueue = new WriteQueue();
  readonly #ends = new WeakMap<DatabaseConnection, () => void>();

  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    if (settings.accessMode === 'read only') return super.beginTransaction(connection, settings);
    await this.#takeTurn(connection);
    try {
      // One round trip. Each statement of a write sees the previous writer's changes, even if the database's own default
      // is stricter.
      const begin = `begin isolation level read committed; select pg_advisory_xact_lock(${writersLock})`;
      await connection.executeQuery(CompiledQuery.raw(begin));
    } catch (error) {
      // Kysely rolls back only transactions that have begun.
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
   * Takes a turn within this pool first: a suspended process then holds at most one lock request per pool, instead of
   * one per connection, each of which the database would have to time out in sequence.
   */
  async #takeTurn(connection: DatabaseConnection): Promise<void> {
    const end = await this.#writeQueue.take(longestWait);
    if (end !== undefined) {
      this.#ends.set(connection, end);
      return;
    }
    throw new TwinhullError('StoreUnavailable', `a write waited longer than ${String(longestWait / 1000)} s`);
  }
}
