import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Kysely } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openPostgresStore } from '../../src/adapters/store/postgres.ts';
import { SharedPostgresDialect } from '../../src/adapters/store/postgres-dialect.ts';
import type { BuildStore } from '../../src/ports/build-store.ts';
import { pollUntil } from '../helpers/poll-until.ts';
import { type PostgresServer, password, startPostgres } from '../helpers/postgres-server.ts';
import { samplePlan } from '../helpers/sample-builds.ts';
import { startSilentProxy } from '../helpers/silent-proxy.ts';
import { createBuild, created, refusal, start } from './build-store/open-store.ts';
import { describeBuildStore } from './build-store.contract.ts';

const run = promisify(execFile);
const writer = fileURLToPath(new URL('../helpers/store-writer.ts', import.meta.url));

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

describeBuildStore('PostgreSQL', async () => {
  const url = await server.createDatabase();
  const open: BuildStore[] = [];
  const connect = async (): Promise<BuildStore> => {
    const store = await openPostgresStore(url);
    open.push(store);
    return store;
  };
  const store = await connect();
  const dispose = async (): Promise<void> => {
    await Promise.all(open.map((each) => each.close()));
  };
  return { store, connect, dispose };
});

describe('a store shared by several processes', () => {
  async function opened(url: string): Promise<BuildStore> {
    const store = await openPostgresStore(url);
    onTestFinished(() => store.close());
    return store;
  }

  it('is created once by replicas that start together, without losing concurrent writes', async () => {
    const url = await server.createDatabase();
    const stores = await Promise.all(Array.from({ length: 4 }, () => opened(url)));
    const writers = Array.from({ length: 2 }, () => run(process.execPath, ['--import', 'tsx', writer, url, '40']));
    const ids = (await Promise.all(writers)).flatMap(({ stdout }) => stdout.trim().split('\n'));
    expect(new Set(ids).size).toBe(80);
    for (const store of stores) {
      expect((await store.list({ limit: 1000 })).map(({ id }) => id).sort()).toEqual([...ids].sort());
      expect(await store.events({ after: 0, limit: 1000 })).toHaveLength(3 * 80);
    }
  });

  it('returns events in the order of their numbers, so that readers miss none', async () => {
    const url = await server.createDatabase();
    const [reader, ...writers] = await Promise.all(Array.from({ length: 4 }, () => opened(url)));
    let done = false;
    const writing = Promise.all(
      writers.map(async (store) => {
        for (let count = 0; count < 25; count += 1) await createBuild(store, uniqueBuild());
      }),
    ).finally(() => (done = true));
    const seen: number[] = [];
    for (let last = false; !last; ) {
      last = done;
      const events = (await reader?.events({ after: seen.at(-1) ?? 0, limit: 100 })) ?? [];
      seen.push(...events.map(({ sequence }) => sequence));
    }
    await writing;
    const all = (await reader?.events({ after: 0, limit: 1000 })) ?? [];
    expect(seen).toEqual(all.map(({ sequence }) => sequence));
    expect(seen).toHaveLength(75);
  });

  it('returns no event late, however long a write takes to commit', async () => {
    const url = await server.createDatabase();
    const [reader, slow, fast] = await Promise.all(Array.from({ length: 3 }, () => opened(url)));
    if (reader === undefined || slow === undefined || fast === undefined) throw new Error('three stores are open');
    const observer = new pg.Client(url);
    await observer.connect();
    onTestFinished(() => observer.end());
    // Commits of large builds take long, so that their numbers would be given long before they are visible.
    await observer.query(`create function linger() returns trigger language plpgsql as
      $$ begin if new.text like 'slow%' then perform pg_sleep(0.05); end if; return null; end $$`);
    await observer.query(`create constraint trigger lingering after insert on log_chunks
      deferrable initially deferred for each row execute function linger()`);
    const write = async (store: BuildStore, text: string, count: number): Promise<void> => {
      const { build } = await createBuild(store, uniqueBuild());
      const log = { buildId: build.id, platform: 'linux/amd64', attempt: 1 } as const;
      const note = { type: 'job.note', platform: 'linux/amd64', attempt: 1, text } as const;
      for (let n = 0; n < count; n += 1)
        await store.appendLog({ log, offset: n * text.length, text, cursor: '' }, [note], start);
    };
    let done = false;
    const writing = Promise.all([
      ...Array.from({ length: 4 }, () => write(slow, 'slow', 5)),
      ...Array.from({ length: 4 }, () => write(fast, 'fast', 20)),
    ]).finally(() => (done = true));
    const seen: number[] = [];
    for (let last = false; !last; ) {
      last = done;
      const events = await reader.events({ after: seen.at(-1) ?? 0, limit: 1000 });
      seen.push(...events.map(({ sequence }) => sequence));
    }
    await writing;
    const all = await reader.events({ after: 0, limit: 1000 });
    expect(seen).toEqual(all.map(({ sequence }) => sequence));
    expect(seen).toHaveLength(4 * 6 + 4 * 21);
  });

  it('refuses one write of a commit without the others', async () => {
    const store = await opened(await server.createDatabase());
    const builds = Array.from({ length: 9 }, () => uniqueBuild());
    const plan = samplePlan();
    const tag = { destination: builds[0]?.destination ?? '' };
    const results = await Promise.all(
      builds.map((change, n) => refusal(createBuild(store, n % 3 === 0 ? { ...change, ...tag } : change, plan))),
    );
    expect(results).toEqual(builds.map((_, n) => (n % 3 === 0 && n > 0 ? 'TagInUse' : undefined)));
    const events = await store.events({ after: 0, limit: 100 });
    expect(events.map(({ buildId }) => buildId)).toEqual(
      builds.filter((_, n) => n % 3 !== 0 || n === 0).map(({ id }) => id),
    );
  });

  it('is opened and read while another process writes', async () => {
    const url = await server.createDatabase();
    const { build } = await createBuild(await opened(url), uniqueBuild());
    const writing = new Kysely<unknown>({ dialect: new SharedPostgresDialect(new pg.Pool({ connectionString: url })) });
    onTestFinished(() => writing.destroy());
    await writing.transaction().execute(async () => {
      const store = await opened(url);
      expect(await store.load(build.id)).toEqual(build);
    });
  });

  it('requests its lock once per process, and commits the writes that wait for it together', async () => {
    const url = await server.createDatabase();
    const store = await opened(url);
    const observer = new pg.Client(url);
    await observer.connect();
    onTestFinished(() => observer.end());
    await observer.query('select pg_advisory_lock(7316034127001)');
    await observer.query('alter table events add column commit_number bigint default txid_current()');
    const writing = Promise.all(Array.from({ length: 5 }, () => createBuild(store, uniqueBuild())));
    const count = async (which: string): Promise<number> => {
      const sessions = `from pg_stat_activity where application_name = 'twinhull' and datname = current_database()`;
      return Number((await observer.query(`select 1 ${sessions} ${which}`)).rowCount);
    };
    onTestFinished(async () => {
      await Promise.allSettled([writing]);
    });
    await pollUntil('one that waits', async () => (await count(`and wait_event_type = 'Lock'`)) > 0);
    expect([await count(`and wait_event_type = 'Lock'`), await count('')]).toEqual([1, 1]);
    await observer.query('select pg_advisory_unlock(7316034127001)');
    await writing;
    expect(await store.list({ limit: 10 })).toHaveLength(5);
    const { rowCount } = await observer.query('select distinct commit_number from events');
    // The first begins alone; the others wait for it.
    expect(rowCount).toBe(2);
  });

  it('renews the lease while hundreds of writes wait', async () => {
    const store = await opened(await server.createDatabase());
    const lease = await store.acquireLease('one', start, 1000);
    let over = 0;
    const write = (): Promise<unknown> => createBuild(store, uniqueBuild()).finally(() => (over += 1));
    // Whether the last of them are written in time depends on the machine.
    const writing = Promise.allSettled(Array.from({ length: 200 }, write));
    onTestFinished(async () => {
      await writing;
    });
    expect(await store.acquireLease('one', start + 500, 1000)).toMatchObject({ epoch: lease?.epoch });
    expect(over).toBeLessThan(100);
  });

  it('does not wait forever for a process that stalls during a write', async () => {
    const url = await server.createDatabase();
    const store = await opened(url);
    const observer = new pg.Client(url);
    await observer.connect();
    onTestFinished(() => observer.end());
    const still = spawn(process.execPath, ['--import', 'tsx', writer, url, '100000'], { stdio: 'ignore' });
    onTestFinished(() => void still.kill('SIGKILL'));
    const holdsTurn = async (): Promise<boolean> => {
      const { rowCount } = await observer.query(`select 1 from pg_stat_activity join pg_locks using (pid)
        where datname = current_database() and state = 'idle in transaction' and locktype = 'advisory' and granted`);
      return rowCount === 1;
    };
    await pollUntil('a process that stopped during a write', async () => {
      still.kill('SIGSTOP');
      if ((await holdsTurn()) && (await holdsTurn())) return true;
      still.kill('SIGCONT');
      return false;
    });
    const { build } = await createBuild(store, uniqueBuild());
    expect((await store.load(build.id))?.id).toBe(build.id);
  });
});

describe('an unavailable database', () => {
  it('has its own error, without the password, and is used again once it is back', async () => {
    const url = await server.createDatabase();
    const store = await openPostgresStore(url);
    onTestFinished(() => store.close());
    const { build } = await createBuild(store);
    await server.kill();
    const failure = await store.load(build.id).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'StoreUnavailable' });
    const refused = await openPostgresStore(url).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'StoreUnavailable',
      message: expect.stringMatching(/^the build store at postgres:\/\/127\.0\.0\.1:\d+\/store_\d+ cannot be opened: /),
    });
    for (const error of [failure, refused]) expect(String(error) + JSON.stringify(error)).not.toContain(password);
    await server.start();
    expect(await store.load(build.id)).toEqual(build);
    await store.append(build, [created(build)], start);
  });

  it('blocks no caller forever when it stops responding, and is used again once it responds', async () => {
    const direct = new URL(await server.createDatabase());
    const proxy = await startSilentProxy(Number(direct.port));
    const url = new URL(direct);
    url.port = String(proxy.port);
    url.searchParams.set('statement_timeout', '1000');
    const store = await openPostgresStore(url.href);
    onTestFinished(() => proxy.stop().then(() => store.close()));
    const { build } = await createBuild(store);
    proxy.silence();
    const work = [createBuild(store, uniqueBuild()), createBuild(store, uniqueBuild()), store.load(build.id)];
    expect(await Promise.all(work.map(refusal))).toEqual(work.map(() => 'StoreUnavailable'));
    proxy.forward();
    await pollUntil('a write', async () => (await refusal(createBuild(store, uniqueBuild()))) === undefined);
    expect(await store.load(build.id)).toEqual(build);
  });

  it.each(['mysql://host/name', 'a word', 'postgres'])('is refused where "%s" names none', async (url) => {
    await expect(openPostgresStore(url)).rejects.toMatchObject({ code: 'SettingInvalid' });
  });
});

/** Differs from every other build in all that must be unique. */
function uniqueBuild(): { id: string; key: string; destination: string } {
  const id = Math.random().toString(36).slice(2, 14).padEnd(12, '0');
  return { id, key: `key of ${id}`, destination: `registry.example.com/${id}` };
}
