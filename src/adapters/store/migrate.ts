import { DEFAULT_MIGRATION_TABLE, type Kysely, Migrator } from 'kysely';
import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';
import { migrations } from './migrations.ts';
import type { Tables } from './schema.ts';

/**
 * Brings the tables up to date; several processes may do so at once. Closes the database where that fails.
 * @throws StoreUnavailable when a newer Twinhull made the tables; else whatever the database threw
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

/** By reading alone: a migration takes the turn of those who write, and at most openings nothing is to be done. */
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

/** A migration that was made, but that we do not have, is a later release's. */
function migrationError(error: unknown): unknown {
  const unknown = /previously executed migration (\S+) is missing/.exec(reasonOf(error))?.[1];
  if (unknown === undefined) return error;
  return new TwinhullError(
    'StoreUnavailable',
    `the build store was last opened by a newer Twinhull (its tables are of ${unknown})`,
    { cause: error, hint: 'use the newer Twinhull, or name another store with TWINHULL_STATE_DIR or DATABASE_URL' },
  );
}
