import { startPostgres } from '../test/helpers/postgres-server.ts';
import type { Bed } from './bed.ts';
import type { Comparison, Measured } from './results.ts';

/** Compares a service on SQLite, then one on PostgreSQL. @param compare `database` is a URL of PostgreSQL's, or else undefined */
export async function onBothDatabases(
  bed: Bed,
  compare: (bed: Bed, store: string, database: string | undefined) => Promise<readonly Comparison[]>,
): Promise<Measured> {
  const postgres = await startPostgres();
  bed.defer(() => postgres.dispose());
  const onSqlite = await compare(bed, 'SQLite', undefined);
  return { comparisons: [...onSqlite, ...(await compare(bed, 'PostgreSQL', await postgres.createDatabase()))] };
}
