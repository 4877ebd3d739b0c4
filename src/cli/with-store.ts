import type { BuildStore } from '../ports/build-store.ts';
import { loadSettings, type Settings } from '../settings/settings.ts';
import { openStore } from '../wiring/open-store.ts';

/** Runs a command with the build store open, and closes it whatever happens. */
export async function withStore<T>(work: (store: BuildStore, settings: Settings) => Promise<T>): Promise<T> {
  const settings = loadSettings();
  const store = await openStore(settings);
  try {
    return await work(store, settings);
  } finally {
    await store.close();
  }
}
