import { Socket } from 'node:net';
import { Kysely } from 'kysely';
import { type Client, Pool, type PoolConfig, TypeOverrides, types } from 'pg';
import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import { migrate } from './migrate.ts';
import { SharedPostgresDialect } from './postgres-dialect.ts';
import type { Tables } from './schema.ts';
import { type Stores, storesOn } from './stores.ts';

/** All in milliseconds. */
const patience = {
  connect: 10_000,
  /** For a write's turn. */
  lock: 10_000,
  statement: 30_000,
  /** How much longer than the longest statement the database may be silent. */
  silence: 5_000,
  /** After which a process that was stopped amid a write loses its turn to the others. */
  idleInTransaction: 5_000,
  /** Its own, as such a process loses one after the other: together well below what others wait for their turn. */
  idleWithLease: 2_000,
};

/** Those who write take turns: more of them would only keep connections from those who read. */
const mostConnections = { write: 3, read: 7, lease: 1 };

/**
 * Opens the store in a PostgreSQL database (12 or later), making its tables when they are not there.
 *
 * @param url `postgres://user:password@host:port/name`, with the options that `pg` knows, such as `sslmode`
 * @throws SettingInvalid when the URL is none, StoreUnavailable when the database cannot be reached or migrated
 */
export async function openPostgresStore(url: string): Promise<BuildStore> {
  return (await openPostgresStores(url)).builds;
}

/** The same, with all else that a service keeps in the database. */
export async function openPostgresStores(url: string): Promise<Stores> {
  const { shown, config } = parseUrl(url);
  const open = (more: PoolConfig): Kysely<Tables> => openPool({ ...config, ...more });
  try {
    const db = open({ max: mostConnections.write });
    await migrate(db);
    const leases = { max: mostConnections.lease, idle_in_transaction_session_timeout: patience.idleWithLease };
    return storesOn(db, { reads: open({ max: mostConnections.read }), leases: open(leases) });
  } catch (error) {
    if (TwinhullError.is(error)) throw error;
    throw new TwinhullError('StoreUnavailable', `the build store at ${shown} cannot be opened: ${reasonOf(error)}`, {
      cause: error,
      hint: 'check DATABASE_URL, and that the database is there and takes connections',
    });
  }
}

function openPool(config: PoolConfig): Kysely<Tables> {
  const pool = new Pool(config);
  // A connection that breaks is told by the query that fails, or by the next one; as an event it would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    breakWhenSilent(client, Number(config.statement_timeout));
  });
  return new Kysely<Tables>({ dialect: new SharedPostgresDialect(pool) });
}

/**
 * The database answers or gives up each statement within its time, if only with an error: one that says nothing for
 * longer cannot be reached, though no packet says so. Idle connections are closed by the pool long before, and those
 * idle amid a write by the database.
 *
 * @param statement how long a statement may take, in milliseconds; 0 or no number: as long as it likes
 */
function breakWhenSilent({ connection: { stream } }: Client, statement: number): void {
  if (!(statement > 0 && stream instanceof Socket)) return;
  stream.setTimeout(statement + patience.silence, () => {
    stream.destroy(new Error(`the database was silent for ${String((statement + patience.silence) / 1000)} s`));
  });
}

function parseUrl(url: string): { readonly shown: string; readonly config: PoolConfig } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^postgres(?:ql)?:$/.test(parsed.protocol)) {
    throw new TwinhullError('SettingInvalid', 'DATABASE_URL is no URL of a PostgreSQL database', {
      hint: 'give postgres://user:password@host:5432/name',
    });
  }
  return {
    // Neither the password nor the options, which may name one too.
    shown: `${parsed.protocol}//${parsed.host}${parsed.pathname}`,
    config: {
      connectionString: url,
      application_name: 'twinhull',
      // For whoever sets no limit to statements: else a silent peer is noticed long before.
      keepAlive: true,
      connectionTimeoutMillis: patience.connect,
      // The URL's own comes first, for pg too.
      statement_timeout: Number.parseInt(
        parsed.searchParams.get('statement_timeout') ?? String(patience.statement),
        10,
      ),
      lock_timeout: patience.lock,
      idle_in_transaction_session_timeout: patience.idleInTransaction,
      types: numbersForBigints(),
    },
  };
}

/** `bigint` as a number: times and sizes stay far below 2^53. */
function numbersForBigints(): TypeOverrides {
  const overrides = new TypeOverrides();
  overrides.setTypeParser(types.builtins.INT8, Number);
  return overrides;
}
