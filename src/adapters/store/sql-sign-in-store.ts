import type { Kysely } from 'kysely';
import type { SignInStore, StoredSignIn } from '../../ports/session-store.ts';
import type { SignInRow, Tables } from './schema.ts';
import { storeError } from './store-errors.ts';

/** Sign-ins in progress, in the tables of the build store. */
export class SqlSignInStore implements SignInStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async create({ id, hash, returnTo, replaces, createdAt, expiresAt }: StoredSignIn): Promise<void> {
    const times = { created_at: createdAt, expires_at: expiresAt };
    await this.#db
      .transaction()
      .execute(async (tx) => {
        await tx.deleteFrom('sign_ins').where('expires_at', '<', createdAt).execute();
        const row = { id, hash, return_to: returnTo, replaces: replaces ?? null, ...times };
        await tx.insertInto('sign_ins').values(row).execute();
      })
      .catch(raise);
  }

  async take(id: string, hash: string): Promise<StoredSignIn | undefined> {
    return this.#db
      .transaction()
      .execute(async (tx) => {
        const found = tx.selectFrom('sign_ins').selectAll().where('id', '=', id).where('hash', '=', hash);
        const row = await found.executeTakeFirst();
        const { numDeletedRows } = await tx
          .deleteFrom('sign_ins')
          .where('id', '=', id)
          .where('hash', '=', hash)
          .executeTakeFirst();
        return row !== undefined && numDeletedRows > 0n ? fromRow(row) : undefined;
      })
      .catch(raise);
  }
}

function raise(error: unknown): never {
  throw storeError(error);
}

function fromRow({ id, hash, return_to, replaces, created_at, expires_at }: SignInRow): StoredSignIn {
  const times = { createdAt: created_at, expiresAt: expires_at };
  return { id, hash, returnTo: return_to, replaces: replaces ?? undefined, ...times };
}
