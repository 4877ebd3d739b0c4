import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import type { BuildStore } from '../../src/ports/build-store.ts';
import { describeBuildStore } from './build-store.contract.ts';

describeBuildStore('SQLite', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinhull-store-'));
  const open: BuildStore[] = [];
  const connect = async (): Promise<BuildStore> => {
    const store = await openSqliteStore(path.join(folder, 'builds.db'));
    open.push(store);
    return store;
  };
  const store = await connect();
  const dispose = async (): Promise<void> => {
    await Promise.all(open.map((each) => each.close()));
    await rm(folder, { recursive: true });
  };
  return { store, connect, dispose };
});
