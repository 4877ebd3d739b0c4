import type { Stores } from '../adapters/store/stores.ts';
import type { BuildStore } from '../ports/build-store.ts';
import { loadSettings, type Settings } from '../settings/settings.ts';
import { openStores } from '../wiring/open-stores.ts';

/** Runs a command with the build store open, and always closes it. */
export function withStore<T>(work: (store: BuildStore, settings: Settings) => Promise<T>): Promise<T> {
  return withStores(({ builds }, settings) => work(builds, settings));
}

/** The same, with the service's other stores. */
export async function withStores<T>(work: (stores: Stores, settings: Settings) => Promise<T>): Promise<T> {
  const settings = loadSettings();
  const stores = await openStores(settings, { readsApart: true });
  try {
    return await work(stores, settings);
  } finally {
    await stores.builds.close();
  }
}
