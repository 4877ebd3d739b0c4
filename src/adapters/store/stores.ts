import type { Kysely } from 'kysely';
import type { BuildStore } from '../../ports/build-store.ts';
import type { EventCursors } from '../../ports/event-cursors.ts';
import type { RequestStore } from '../../ports/request-store.ts';
import type { SessionStore, SignInStore } from '../../ports/session-store.ts';
import type { TokenStore } from '../../ports/token-store.ts';
import type { Transact } from './delete-build.ts';
import { QueryWatch } from './query-watch.ts';
import type { Tables } from './schema.ts';
import { SqlBuildStore } from './sql-build-store.ts';
import { SqlEventCursors } from './sql-event-cursors.ts';
import { SqlRequestStore } from './sql-request-store.ts';
import { SqlSessionStore } from './sql-session-store.ts';
import { SqlSignInStore } from './sql-sign-in-store.ts';
import { SqlTokenStore } from './sql-token-store.ts';

/** Everything that a service stores in one database. Closing the build store closes all. */
export interface Stores {
  readonly builds: BuildStore;
  readonly tokens: TokenStore;
  readonly sessions: SessionStore;
  readonly signIns: SignInStore;
  readonly requests: RequestStore;
  readonly cursors: EventCursors;
  /** Calls a function after each statement, for metrics; one function at most. */
  readonly onQuery: (listener: () => void) => void;
}

/** Further connections to the same database. */
export interface OtherConnections {
  /** For reads, so that they do not queue behind writes. @default the same */
  readonly reads?: Kysely<Tables>;
  /** For the lease, which must be renewed in time however many writes wait. @default the same */
  readonly leases?: Kysely<Tables>;
  /** The watch of all of them. @default queries are not reported */
  readonly queries?: QueryWatch;
}

/** @param transact how the writes of builds are run. @default each in a transaction of its own */
export function storesOn(
  db: Kysely<Tables>,
  { reads = db, leases = db, queries = new QueryWatch() }: OtherConnections = {},
  transact: Transact = (work) => db.transaction().execute(work),
): Stores {
  return {
    builds: new SqlBuildStore({ db, reads, leases, transact }),
    tokens: new SqlTokenStore(db, reads),
    sessions: new SqlSessionStore(db, reads),
    signIns: new SqlSignInStore(db),
    requests: new SqlRequestStore(db, reads),
    cursors: new SqlEventCursors(db),
    onQuery: queries.listen,
  };
}
