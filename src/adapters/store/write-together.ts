import { type OperationNodeSource, PostgresAdapter, sql, type Transaction } from 'kysely';
import type { Tables } from './schema.ts';

/** An insert, an update or a delete. */
export interface Write extends OperationNodeSource {
  execute(): Promise<unknown>;
}

/**
 * Runs writes that change no row of each other: on PostgreSQL as one statement, because each costs a round trip while
 * other writers wait; on SQLite one after the other.
 */
export async function writeTogether(tx: Transaction<Tables>, writes: readonly Write[]): Promise<void> {
  if (writes.length < 2 || !(tx.getExecutor().adapter instanceof PostgresAdapter)) {
    for (const write of writes) await write.execute();
    return;
  }
  const parts = writes.map((write, nth) => sql`${sql.raw(`write_${String(nth)}`)} as (${write})`);
  await sql`with ${sql.join(parts)} select 1`.execute(tx);
}
