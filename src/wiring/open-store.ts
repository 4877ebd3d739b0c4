import path from 'node:path';
import { openSqliteStore } from '../adapters/store/sqlite.ts';
import type { BuildStore } from '../ports/build-store.ts';
import type { Settings } from '../settings/settings.ts';

/** @throws StoreUnavailable */
export function openStore({ stateFolder }: Settings): Promise<BuildStore> {
  return openSqliteStore(path.join(stateFolder, 'twinhull.db'));
}
