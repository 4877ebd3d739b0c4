import { Socket } from 'node:net';
import { Kysely } from 'kysely';
import { type Client, Pool, type PoolConfig, TypeOverrides, types } from 'pg';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import { GroupedWrites } from './grouped-writes.ts';
import { migrate } from './migrate.ts';
import { SharedPostgresDialect } from './postgres-dialect.ts';
import { QueryWatch } from './query-watch.ts';
import type { Tables } from './schema.ts';
import { type Stores, storesOn } from './stores.ts';

/** All in milliseconds. */
const patience = {
  connect: 10_000,
  /** The wait of a write for its turn. */
  lock: 10_000,
  statement: 30_000,
  /** How much longer than the longest statement the database may be silent. */
  silence: 5_000,
  /** After this time a process that was suspended during a write loses its turn to the others. */
  idleInTransaction: 5_000,
  /** Shorter, as a suspended process loses its turns in sequence: their sum stays well below the others' wait. */
  idleWithLease: 2_000,
};

/** Writers take turns: more write connections would only leave fewer for readers. */
const mostConnections = { write: 3, read: 7, lease: 1 };

/**
 * Opens the store in a PostgreSQL database (12 or later), and creates its tables if they are missing.
 *
 * @param url `postgres://user:password@host:port/name`, with the options that `pg` supports, such as `sslmode`
 * @throws SettingInvalid when the URL is not valid, StoreUnavailable when the database cannot be reached or migrated
 */
export async function openPostgresStore(url: string): Promise<BuildStore> {
  return (await openPostgresStores(url)).builds;
}

/** The same, with everything else that a service stores in the database. */
export async function openPostgresStores(url: string): Promise<Stores> {
  const { shown, config } = parseUrl(url);
  const queries = new QueryWatch();
  const open = (more: PoolConfig): Kysely<Tables> => openPool({ ...config, ...more }, queries);
  try {
    const db = open({ max: mostConnections.write });
    await migrate(db);
    const leases = { max: mostConnections.lease, idle_in_transaction_session_timeout: patience.idleWithLease };
    const others = { reads: open({ max: mostConnections.read }), leases: open(leases), queries };
    return storesOn(db, others, new GroupedWrites(db).transact);
  } catch (error) {
    if (TwinhullError.is(error)) throw error;
    throw new TwinhullError('StoreUnavailable', `the build store at ${shown} cannot be opened: ${reasonOf(error)}`, {
      cause: error,
      hint: 'check DATABASE_URL, and that the database is running and accepts connections',
    });
  }
}

function openPool(config: PoolConfig, queries: QueryWatch): Kysely<Tables> {
  const pool = new Pool(config);
  // The failing query, or the next one, reports a broken connection; an unhandled event would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    breakWhenSilent(client, Number(config.statement_timeout));
  });
  return new Kysely<Tables>({ dialect: new SharedPostgresDialect(pool), log: queries.log });
}

/**
 * The database answers each statement within its timeout, if only with an error: one that is silent for longer is
 * unreachable, even if no packet reports it. The pool closes idle connections long before that, and the database those
 * that are idle during a write.
 *
 * @param statement how long a statement may take, in milliseconds; 0 or NaN: without limit
 */
function breakWhenSilent({ connection: { stream } }: Client, statement: number): void {
  if (!(statement > 0 && stream instanceof Socket)) return;
  stream.setTimeout(statement + patience.silence, () => {
    stream.destroy(new Error(`the database did not respond for ${String((statement + patience.silence) / 1000)} s`));
  });
}

function parseUrl(url: string): { readonly shown: string; readonly config: PoolConfig } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^postgres(?:ql)?:$/.test(parsed.protocol)) {
    throw new TwinhullError('SettingInvalid', 'DATABASE_URL is not a URL of a PostgreSQL database', {
      hint: 'give postgres://user:password@host:5432/name',
    });
  }
  return {
    // Without the password and the options, which may contain one too.
    shown: `${parsed.protocol}//${parsed.host}${parsed.pathname}`,
    config: {
      connectionString: url,
      application_name: 'twinhull',
      // For URLs that disable the statement timeout: otherwise a silent peer is noticed long before.
      keepAlive: true,
      connectionTimeoutMillis: patience.connect,
      // The URL's own value takes precedence, as in pg.
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
