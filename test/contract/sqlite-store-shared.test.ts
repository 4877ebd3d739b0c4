import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { openSqliteStore, openSqliteStores } from '../../src/adapters/store/sqlite.ts';
import { arm64 } from '../helpers/sample-builds.ts';
import { createBuild } from './build-store/open-store.ts';

const run = promisify(execFile);
const writer = fileURLToPath(new URL('../helpers/store-writer.ts', import.meta.url));

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinhull-store-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

it('supports concurrent creation and writes by several processes without loss', async () => {
  const file = path.join(await temporaryFolder(), 'state', 'builds.db');
  const writers = await Promise.all(
    Array.from({ length: 3 }, () => run(process.execPath, ['--import', 'tsx', writer, file, '60'])),
  );
  const ids = writers.flatMap(({ stdout }) => stdout.trim().split('\n'));
  expect(writers.map(({ stderr }) => stderr)).toEqual(['', '', '']);
  expect(new Set(ids).size).toBe(180);

  const store = await openSqliteStore(file);
  onTestFinished(() => store.close());
  const stored = await store.list({ limit: 1000 });
  expect(stored.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(new Set(stored.map(({ state }) => state))).toEqual(new Set(['cancelled']));
  expect(await store.events({ after: 0, limit: 1000 })).toHaveLength(3 * 180);
  const logs = await Promise.all(ids.map((buildId) => store.logPosition({ buildId, platform: arm64, attempt: 1 })));
  expect(logs.every(({ offset }) => offset === 5)).toBe(true);
});

it('reads a consistent snapshot of a build while another connection writes', async () => {
  const file = path.join(await temporaryFolder(), 'builds.db');
  const writing = run(process.execPath, ['--import', 'tsx', writer, file, '100']);
  const store = await openSqliteStore(file);
  onTestFinished(() => store.close());
  let done = false;
  void writing.finally(() => (done = true));
  while (!done) {
    for (const build of await store.open())
      expect(build).toMatchObject({ state: 'building', version: 1, jobs: { length: 2 } });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writing;
});

it('holds its locks with every connection, so that no other process removes its journal', async () => {
  const file = path.join(await temporaryFolder(), 'builds.db');
  const { builds: store } = await openSqliteStores(file);
  onTestFinished(() => store.close());
  await createBuild(store, { key: 'first' });
  const { stdout } = await run(process.execPath, ['--import', 'tsx', writer, file, '3']);
  const { build } = await createBuild(store, { key: 'last' });
  const seen = await run(process.execPath, ['--import', 'tsx', writer, file, '1']);
  const stored = (await store.list({ limit: 10 })).map(({ id }) => id);
  expect(stored).toEqual(expect.arrayContaining([build.id, ...`${stdout}${seen.stdout}`.trim().split('\n')]));
  const again = await openSqliteStore(file);
  onTestFinished(() => again.close());
  expect((await again.list({ limit: 10 })).map(({ id }) => id).sort()).toEqual([...stored].sort());
  expect(stored).toHaveLength(6);
});
