import path from 'node:path';
import type { Stores } from '../adapters/store/stores.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * All stores of a service, on the configured database: only its driver is loaded.
 * @throws SettingInvalid, StoreUnavailable
 */
export async function openStores(
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
