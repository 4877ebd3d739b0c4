import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import { arm64, sampleBuild, samplePlan } from '../helpers/sample-builds.ts';
import { mountTemporary } from '../helpers/temporary-mount.ts';
import { createBuild, start } from './build-store/open-store.ts';

describe('a SQLite store whose disk is full', () => {
  it('reports it, and recovers once there is space again', async () => {
    const disk = await smallDisk();
    const store = await openSqliteStore(path.join(disk, 'builds.db'));
    onTestFinished(() => store.close());
    const { build } = await createBuild(store);
    fill(disk);

    const plan = samplePlan();
    const full = { code: 'StoreUnavailable', hint: expect.stringContaining('free some space') as string };
    const log = { buildId: build.id, platform: arm64, attempt: 1 };
    const chunk = { log, offset: 0, text: 'x'.repeat(100_000), cursor: '1' };
    for (let tries = 0; tries < 3; tries++) {
      await expect(store.appendLog(chunk, [], start)).rejects.toMatchObject(full);
      await expect(fillWithBuilds(() => store.create(sampleBuild(plan), samplePlan(), []))).rejects.toMatchObject(full);
    }
    const before = await store.list({ limit: 1000 });
    expect(await store.load(build.id)).toEqual(build);

    rmSync(path.join(disk, 'filler'));
    expect(await store.appendLog(chunk, [], start)).toBe(true);
    const { build: later } = await createBuild(store);
    expect((await store.append(later, [{ type: 'build.cancel-requested' }], start)).version).toBe(2);
    expect(await store.list({ limit: 1000 })).toHaveLength(before.length + 1);
  });

  it('cannot be created there, and reports why', async () => {
    const disk = await smallDisk();
    fill(disk);
    await expect(openSqliteStore(path.join(disk, 'builds.db'))).rejects.toMatchObject({
      code: 'StoreUnavailable',
      message: expect.stringContaining(disk) as string,
      hint: expect.stringMatching(/space/) as string,
    });
    rmSync(path.join(disk, 'filler'));
    await (await openSqliteStore(path.join(disk, 'builds.db'))).close();
  });
});

describe('a SQLite store that cannot be opened', () => {
  it('reports a file that is not a store', async () => {
    const file = path.join(await temporaryFolder(), 'builds.db');
    await writeFile(file, 'this is no database, despite its name\n'.repeat(100));
    await expect(openSqliteStore(file)).rejects.toMatchObject({
      code: 'StoreUnavailable',
      message: expect.stringMatching(/builds\.db cannot be opened: .*not a database/) as string,
    });
  });

  it('reports a corrupt database', async () => {
    const file = path.join(await temporaryFolder(), 'builds.db');
    const store = await openSqliteStore(file);
    await createBuild(store);
    await store.close();
    const database = new Database(file);
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, Buffer.alloc(8192, 0xff), 0, 8192, 100);
    closeSync(descriptor);
    await expect(openSqliteStore(file)).rejects.toMatchObject({ code: 'StoreUnavailable' });
  });

  it('reports a folder that cannot be created', async () => {
    const file = path.join(await temporaryFolder(), 'plain');
    await writeFile(file, '');
    await expect(openSqliteStore(path.join(file, 'builds.db'))).rejects.toMatchObject({
      code: 'StoreUnavailable',
      hint: expect.stringContaining('TWINHULL_STATE_DIR') as string,
    });
  });

  it('reports a read-only disk', async () => {
    const disk = await smallDisk();
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    await expect(openSqliteStore(path.join(disk, 'builds.db'))).rejects.toMatchObject({
      code: 'StoreUnavailable',
      hint: expect.stringContaining('can be written') as string,
    });
  });

  it('leaves a file of a newer version unchanged', async () => {
    const file = path.join(await temporaryFolder(), 'builds.db');
    await (await openSqliteStore(file)).close();
    const database = new Database(file);
    database.prepare(`insert into kysely_migration values ('9999-later', '2099-01-01T00:00:00.000Z')`).run();
    database.close();
    await expect(openSqliteStore(file)).rejects.toMatchObject({
      code: 'StoreUnavailable',
      message: expect.stringContaining('newer Twinhull') as string,
      hint: expect.stringContaining('use the newer Twinhull') as string,
    });
  });
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinhull-store-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** A real file system of 2 MiB. */
async function smallDisk(): Promise<string> {
  const { folder, dispose } = await mountTemporary('2m');
  onTestFinished(dispose);
  return folder;
}

function fill(disk: string): void {
  const filler = path.join(disk, 'filler');
  writeFileSync(filler, '');
  for (let size = 1 << 20; size > 0; size >>= 1) {
    try {
      for (;;) appendFileSync(filler, Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

/** Small writes may still fit into a page that the file already has. */
async function fillWithBuilds(create: () => Promise<unknown>): Promise<void> {
  for (let index = 0; index < 100; index++) await create();
}
