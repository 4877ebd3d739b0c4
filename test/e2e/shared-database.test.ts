import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { expectPublished } from '../helpers/expect-published.ts';
import { type PostgresServer, password, startPostgres } from '../helpers/postgres-server.ts';

describe('two machines that share a PostgreSQL database', () => {
  let bed: E2eBed;
  let server: PostgresServer;
  let database: string;
  let words: readonly string[];

  beforeAll(async () => {
    [bed, server] = await Promise.all([E2eBed.open(), startPostgres()]);
    database = await server.createDatabase();
    const { url } = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\nLABEL bed=${bed.name}\n` });
    const recipe = await bed.file(oneImage());
    words = ['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json'];
  });

  afterAll(async () => {
    await bed.dispose();
    await server.dispose();
  });

  function on(machine: string, command: readonly string[]) {
    return bed.run(command, {
      env: { DATABASE_URL: database, TWINHULL_STATE_DIR: join(bed.folder, machine), TWINHULL_INTERVAL_SECONDS: '0.2' },
    });
  }

  it('build the same commit once, and each sees it end', async () => {
    const ended = await Promise.all(['one', 'two'].map((machine) => on(machine, words)));
    for (const { exitCode, stderr } of ended) expect(exitCode, stderr).toBe(0);
    const [first, second] = ended.map(({ stdout }) => JSON.parse(stdout) as BuildJson);
    expect(second).toEqual(first);
    if (first === undefined) throw new Error('no process printed anything');
    await expectPublished(bed, first);
    for (const machine of ['one', 'two']) {
      const { stdout } = await on(machine, ['list', '--json']);
      expect((JSON.parse(stdout) as { id: string }[]).map(({ id }) => id)).toEqual([first.id]);
    }
    const log = await on('two', ['logs', first.id]);
    expect(log.stdout).toMatch(/^amd64 .*digest: sha256:/m);
  });

  it('report a lost database with exit code 3 and without its password', async () => {
    await server.kill();
    const { exitCode, stderr, stdout } = await on('one', ['list']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('StoreUnavailable');
    expect(stderr + stdout).not.toContain(password);
    await server.start();
    expect((await on('one', ['list'])).exitCode).toBe(0);
  });
});
