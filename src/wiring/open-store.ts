import path from 'node:path';
import type { BuildStore } from '../ports/build-store.ts';
import type { Settings } from '../settings/settings.ts';

/** Loads only the database that is asked for. @throws SettingInvalid, StoreUnavailable */
export async function openStore({ stateFolder, databaseUrl }: Settings): Promise<BuildStore> {
  if (databaseUrl === undefined) {
    const { openSqliteStore } = await import('../adapters/store/sqlite.ts');
    return openSqliteStore(path.join(stateFolder, 'twinhull.db'));
  }
  const { openPostgresStore } = await import('../adapters/store/postgres.ts');
  return openPostgresStore(databaseUrl);
}
