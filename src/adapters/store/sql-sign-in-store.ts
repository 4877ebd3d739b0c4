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

  async take(id: string): Promise<StoredSignIn | undefined> {
    return this.#db
      .transaction()
      .execute(async (tx) => {
        const row = await tx.selectFrom('sign_ins').selectAll().where('id', '=', id).executeTakeFirst();
        const { numDeletedRows } = await tx.deleteFrom('sign_ins').where('id', '=', id).executeTakeFirst();
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
