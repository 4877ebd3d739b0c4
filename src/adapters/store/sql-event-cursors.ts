import type { Kysely } from 'kysely';
import type { Lease } from '../../ports/build-store.ts';
import type { EventCursors } from '../../ports/event-cursors.ts';
import { requireLease } from './lease-rows.ts';
import type { Tables } from './schema.ts';
import { storeError } from './store-errors.ts';

/** Cursors in the tables of the build store. */
export class SqlEventCursors implements EventCursors {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  begin(name: string): Promise<number> {
    return this.#transaction(async (tx) => {
      const latest = await tx
        .selectFrom('events')
        .select(({ fn }) => fn.max('sequence').as('sequence'))
        .execute();
      const sequence = latest[0]?.sequence ?? 0;
      await tx
        .insertInto('event_cursors')
        .values({ name, sequence })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute();
      const row = await tx.selectFrom('event_cursors').select('sequence').where('name', '=', name).executeTakeFirst();
      return row?.sequence ?? sequence;
    });
  }

  async move(name: string, sequence: number, lease: Lease): Promise<void> {
    await this.#transaction(async (tx) => {
      await requireLease(tx, lease);
      await tx.updateTable('event_cursors').set({ sequence }).where('name', '=', name).execute();
    });
  }

  #transaction<T>(work: (tx: Kysely<Tables>) => Promise<T>): Promise<T> {
    return this.#db
      .transaction()
      .execute(work)
      .catch((error: unknown) => {
        throw storeError(error);
      });
  }
}
