import path from 'node:path';
import type { Stores } from '../adapters/store/stores.ts';
import type { BuildStore } from '../ports/build-store.ts';
import type { Settings } from '../settings/settings.ts';

/** The build store alone, for a command: nobody waits to read while it writes. @throws SettingInvalid, StoreUnavailable */
export async function openStore(settings: Settings): Promise<BuildStore> {
  return (await open(settings, { readsApart: false })).builds;
}

/** The build store, and what a service keeps beside it. @throws SettingInvalid, StoreUnavailable */
export async function openStores(settings: Settings): Promise<Stores> {
  return open(settings, { readsApart: true });
}

/** Loads only the database that is asked for. */
async function open(
  { stateFolder, databaseUrl }: Settings,
  options: { readonly readsApart: boolean },
): Promise<Stores> {
  if (databaseUrl === undefined) {
    const { openSqliteStores } = await import('../adapters/store/sqlite.ts');
    return openSqliteStores(path.join(stateFolder, 'twinhull.db'), options);
  }
  const { openPostgresStores } = await import('../adapters/store/postgres.ts');
  return openPostgresStores(databaseUrl);
}
