import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { pollUntil } from './poll-until.ts';

const run = promisify(execFile);

/** A PostgreSQL server of the test's own, on a free loopback port. */
export interface PostgresServer {
  /** A new, empty database. @returns its URL, which contains a password */
  createDatabase(): Promise<string>;
  /** Ends the server at once, like a power cut. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<unknown>;
  dispose(): Promise<void>;
}

export const password = 'a-password-to-be-kept-hidden';

export interface PostgresOptions {
  /** Whether a commit waits for the disk. Only a crash of the machine could lose its writes without. @default false */
  readonly fsync?: boolean;
}

export async function startPostgres({ fsync = false }: PostgresOptions = {}): Promise<PostgresServer> {
  const programs = await findPrograms();
  const user = await unprivilegedUser();
  const folder = await mkdtemp(join(tmpdir(), 'twinhull-postgres-'));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  await run(join(programs, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'tester', '-E', 'UTF8', '--no-sync'], user);
  const port = await freePort();
  let child: ChildProcess | undefined;
  let databases = 0;

  const administer = async (statement: string): Promise<void> => {
    const client = new pg.Client(urlOf(port, 'postgres'));
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-c', 'max_connections=200'];
  options.push('-c', `fsync=${fsync ? 'on' : 'off'}`);
  const answers = (): Promise<boolean> =>
    administer('select 1').then(
      () => true,
      () => false,
    );
  const start = (): Promise<boolean> =>
    pollUntil(
      'PostgreSQL',
      () => {
        // It refuses to start while processes of the killed server are still ending.
        if (child?.exitCode !== null) child = spawn(join(programs, 'postgres'), options, { ...user, stdio: 'ignore' });
        return answers();
      },
      60_000,
    );
  const kill = async (): Promise<void> => {
    if (child?.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGQUIT');
    await ended;
  };
  await start();
  return {
    createDatabase: async () => {
      databases += 1;
      await administer(`create database store_${databases}`);
      return urlOf(port, `store_${databases}`);
    },
    kill,
    start,
    dispose: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function urlOf(port: number, database: string): string {
  return `postgres://tester:${password}@127.0.0.1:${port}/${database}`;
}

/** Debian keeps them out of PATH. */
async function findPrograms(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) throw new Error('these tests need PostgreSQL, which the lab installs');
  return join('/usr/lib/postgresql', newest, 'bin');
}

/** PostgreSQL refuses to run as root. */
async function unprivilegedUser(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = async (option: string): Promise<number> => Number((await run('id', [option, 'postgres'])).stdout);
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}
