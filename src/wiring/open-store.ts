import type { BuildStore } from '../ports/build-store.ts';
import type { Settings } from '../settings/settings.ts';
import { openStores } from './open-stores.ts';

/**
 * The build store alone, for a command: it has no readers to block while it writes.
 * @throws SettingInvalid, StoreUnavailable
 */
export async function openStore(settings: Settings): Promise<BuildStore> {
  return (await openStores(settings, { readsApart: false })).builds;
}
