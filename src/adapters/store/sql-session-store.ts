import type { Kysely } from 'kysely';
import type { SessionStore, StoredSession } from '../../ports/session-store.ts';
import type { SessionRow, Tables } from './schema.ts';
import { storeError } from './store-errors.ts';

/** Sessions of browsers in the tables of the build store. */
export class SqlSessionStore implements SessionStore {
  readonly #db: Kysely<Tables>;
  readonly #reads: Kysely<Tables>;

  /** @param reads see `storesOn` */
  constructor(db: Kysely<Tables>, reads: Kysely<Tables>) {
    this.#db = db;
    this.#reads = reads;
  }

  async create({ id, kind, tokenId, hash, createdAt, expiresAt, sealedIdToken }: StoredSession): Promise<void> {
    await this.#db
      .transaction()
      .execute(async (tx) => {
        await tx.deleteFrom('sessions').where('expires_at', '<', createdAt).execute();
        const times = { created_at: createdAt, expires_at: expiresAt };
        const row = { id, kind, token_id: tokenId, hash, ...times, sealed_id_token: sealedIdToken ?? null };
        await tx.insertInto('sessions').values(row).execute();
      })
      .catch(raise);
  }

  async find(id: string): Promise<StoredSession | undefined> {
    const query = this.#reads.selectFrom('sessions').selectAll().where('id', '=', id);
    const row = await query.executeTakeFirst().catch(raise);
    return row && fromRow(row);
  }

  async findAll(ids: readonly string[]): Promise<readonly StoredSession[]> {
    if (ids.length === 0) return [];
    const rows = await this.#reads.selectFrom('sessions').selectAll().where('id', 'in', ids).execute().catch(raise);
    return rows.map(fromRow);
  }

  async remove(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('sessions')
      .where('id', '=', id)
      .executeTakeFirst()
      .catch(raise);
    return numDeletedRows > 0n;
  }

  async removeOf(tokenId: string): Promise<void> {
    await this.#db.deleteFrom('sessions').where('token_id', '=', tokenId).execute().catch(raise);
  }
}

function raise(error: unknown): never {
  throw storeError(error);
}

function fromRow({ id, kind, token_id, hash, created_at, expires_at, sealed_id_token }: SessionRow): StoredSession {
  return {
    ...{ id, kind, tokenId: token_id, hash, createdAt: created_at, expiresAt: expires_at },
    ...(sealed_id_token !== null && { sealedIdToken: sealed_id_token }),
  };
}
