import type { Kysely } from 'kysely';
import type { AnsweredRequest, RequestStore } from '../../ports/request-store.ts';
import type { RequestRow, Tables } from './schema.ts';
import { storeError } from './store-errors.ts';
import type { Write } from './write-together.ts';

/** Answered requests in the tables of the build store. */
export class SqlRequestStore implements RequestStore {
  readonly #db: Kysely<Tables>;
  readonly #reads: Kysely<Tables>;

  /** @param reads see `storesOn` */
  constructor(db: Kysely<Tables>, reads: Kysely<Tables>) {
    this.#db = db;
    this.#reads = reads;
  }

  find(owner: string, key: string): Promise<AnsweredRequest | undefined> {
    return find(this.#reads, owner, key).catch(raise);
  }

  record(request: AnsweredRequest, keepAfter: number): Promise<AnsweredRequest> {
    return this.#db
      .transaction()
      .execute(async (tx) => {
        await forgetOlder(tx, keepAfter);
        await requestInsert(tx, request).execute();
        return (await find(tx, request.owner, request.key)) ?? request;
      })
      .catch(raise);
  }
}

/** Stores the answer unless there already is one. */
export function requestInsert(tx: Kysely<Tables>, { owner, key, fingerprint, buildId, at }: AnsweredRequest): Write {
  return tx
    .insertInto('requests')
    .values({ owner, key, fingerprint, build_id: buildId, at })
    .onConflict((conflict) => conflict.columns(['owner', 'key']).doNothing());
}

/** Removes idempotency keys used before `keepAfter`, in milliseconds since the Unix epoch. */
export async function forgetOlder(tx: Kysely<Tables>, keepAfter: number): Promise<void> {
  await tx.deleteFrom('requests').where('at', '<', keepAfter).execute();
}

async function find(db: Kysely<Tables>, owner: string, key: string): Promise<AnsweredRequest | undefined> {
  const row = await db
    .selectFrom('requests')
    .selectAll()
    .where('owner', '=', owner)
    .where('key', '=', key)
    .executeTakeFirst();
  return row && fromRow(row);
}

function fromRow({ owner, key, fingerprint, build_id, at }: RequestRow): AnsweredRequest {
  return { owner, key, fingerprint, buildId: build_id, at };
}

function raise(error: unknown): never {
  throw storeError(error);
}
