import { type Kysely, type OperationNodeSource, SqliteAdapter, sql } from 'kysely';
import type { Tables } from './schema.ts';

/** A select that was not executed yet. */
interface Query<Row> extends OperationNodeSource {
  execute(): Promise<Row[]>;
}

/**
 * The rows of a query that may return thousands. On SQLite they are read as one JSON text: the binding takes twice as
 * long to make an object of each row. The columns of the query must have the names and the order of `columns`, and hold
 * text, integers or null.
 */
export async function manyRows<Row>(
  db: Kysely<Tables>,
  query: Query<Row>,
  columns: readonly (keyof Row & string)[],
): Promise<Row[]> {
  if (!(db.getExecutor().adapter instanceof SqliteAdapter)) return query.execute();
  const names = sql.join(columns.map((column) => sql.ref(column)));
  const { rows } = await sql<{ text: string }>`
    select json_group_array(json_array(${names})) as text from (${query})`.execute(db);
  const values = JSON.parse(rows[0]?.text ?? '[]') as unknown[][];
  return values.map((row) => {
    const read: Record<string, unknown> = {};
    for (const [at, column] of columns.entries()) read[column] = row[at];
    return read as Row;
  });
}
