import path from 'node:path';
import type { Stores } from '../adapters/store/stores.ts';
import type { BuildStore } from '../ports/build-store.ts';
import type { Settings } from '../settings/settings.ts';

/** Loads only the database that is asked for. @throws SettingInvalid, StoreUnavailable */
export async function openStore({ stateFolder, databaseUrl }: Settings): Promise<BuildStore> {
  if (databaseUrl === undefined) {
    const { openSqliteStore } = await import('../adapters/store/sqlite.ts');
    return openSqliteStore(fileIn(stateFolder));
  }
  const { openPostgresStore } = await import('../adapters/store/postgres.ts');
  return openPostgresStore(databaseUrl);
}

/** The build store, and what a service keeps beside it. @throws SettingInvalid, StoreUnavailable */
export async function openStores({ stateFolder, databaseUrl }: Settings): Promise<Stores> {
  if (databaseUrl === undefined) {
    const { openSqliteStores } = await import('../adapters/store/sqlite.ts');
    return openSqliteStores(fileIn(stateFolder));
  }
  const { openPostgresStores } = await import('../adapters/store/postgres.ts');
  return openPostgresStores(databaseUrl);
}

function fileIn(stateFolder: string): string {
  return path.join(stateFolder, 'twinhull.db');
}
