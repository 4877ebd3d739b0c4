import type { Kysely } from 'kysely';
import type { BuildStore } from '../../ports/build-store.ts';
import type { EventCursors } from '../../ports/event-cursors.ts';
import type { RequestStore } from '../../ports/request-store.ts';
import type { TokenStore } from '../../ports/token-store.ts';
import type { Tables } from './schema.ts';
import { SqlBuildStore } from './sql-build-store.ts';
import { SqlEventCursors } from './sql-event-cursors.ts';
import { SqlRequestStore } from './sql-request-store.ts';
import { SqlTokenStore } from './sql-token-store.ts';

/** All that a service keeps in one database. Closing the build store closes all. */
export interface Stores {
  readonly builds: BuildStore;
  readonly tokens: TokenStore;
  readonly requests: RequestStore;
  readonly cursors: EventCursors;
}

/** Further connections to the same database. */
export interface OtherConnections {
  /** For those who only read, so that they need not queue behind who writes. @default the same */
  readonly reads?: Kysely<Tables>;
  /** For the lease, which must be renewed in time however many writes wait. @default the same */
  readonly leases?: Kysely<Tables>;
}

export function storesOn(db: Kysely<Tables>, { reads = db, leases = db }: OtherConnections = {}): Stores {
  return {
    builds: new SqlBuildStore(db, reads, leases),
    tokens: new SqlTokenStore(db, reads),
    requests: new SqlRequestStore(db, reads),
    cursors: new SqlEventCursors(db),
  };
}
