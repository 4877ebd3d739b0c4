import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import { createBuild } from './build-store/open-store.ts';

it('makes the files of a SQLite store unreadable for other users, also in a world-readable folder', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinhull-store-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await chmod(folder, 0o755);
  const store = await openSqliteStore(path.join(folder, 'builds.db'));
  onTestFinished(() => store.close());
  await createBuild(store);

  const files = await readdir(folder);
  expect(files).toContain('builds.db-wal');
  for (const file of files) expect([file, (await stat(path.join(folder, file))).mode & 0o777]).toEqual([file, 0o600]);
});
