import { DEFAULT_MIGRATION_TABLE, type Kysely, Migrator } from 'kysely';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { migrations } from './migrations.ts';
import type { Tables } from './schema.ts';

/**
 * Brings the tables up to date; several processes may do so at once. Closes the database when that fails.
 * @throws StoreUnavailable when a newer Twinhull created the tables; else the database's own error
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  try {
    if (await isUpToDate(db)) return;
    const { error } = await new Migrator({ db, provider: migrations }).migrateToLatest();
    if (error !== undefined) throw migrationError(error);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Only reads: a migration takes the write lock, and most openings need none. */
async function isUpToDate(db: Kysely<Tables>): Promise<boolean> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return false;
  const made = await db
    .withTables<{ [DEFAULT_MIGRATION_TABLE]: { name: string } }>()
    .selectFrom(DEFAULT_MIGRATION_TABLE)
    .select('name')
    .execute();
  const known = await migrations.getMigrations();
  return made.length === Object.keys(known).length && made.every(({ name }) => name in known);
}

/** An executed migration that is unknown here belongs to a later release. */
function migrationError(error: unknown): unknown {
  const unknown = /previously executed migration (\S+) is missing/.exec(reasonOf(error))?.[1];
  if (unknown === undefined) return error;
  return new TwinhullError(
    'StoreUnavailable',
    `the build store was last opened by a newer Twinhull (its tables are of ${unknown})`,
    { cause: error, hint: 'use the newer Twinhull, or name another store with TWINHULL_STATE_DIR or DATABASE_URL' },
  );
}
