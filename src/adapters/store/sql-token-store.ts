import type { Kysely } from 'kysely';
import type { Identity, IdentityToken, StoredToken, TokenScope, TokenStore } from '../../ports/token-store.ts';
import type { Tables, TokenRow } from './schema.ts';
import { storeError } from './store-errors.ts';

/** API tokens in the tables of the build store. */
export class SqlTokenStore implements TokenStore {
  readonly #db: Kysely<Tables>;
  readonly #reads: Kysely<Tables>;

  /** @param reads see `storesOn` */
  constructor(db: Kysely<Tables>, reads: Kysely<Tables>) {
    this.#db = db;
    this.#reads = reads;
  }

  async create(token: StoredToken): Promise<void> {
    await this.#write((db) => db.insertInto('tokens').values(toRow(token)).execute());
  }

  async find(id: string): Promise<StoredToken | undefined> {
    const row = await this.#read((db) => db.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst());
    return row && fromRow(row);
  }

  async findAll(ids: readonly string[]): Promise<readonly StoredToken[]> {
    if (ids.length === 0) return [];
    const rows = await this.#read((db) => db.selectFrom('tokens').selectAll().where('id', 'in', ids).execute());
    return rows.map(fromRow);
  }

  async findIdentity({ issuer, subject }: Identity): Promise<StoredToken | undefined> {
    const row = await this.#read((db) =>
      db
        .selectFrom('tokens')
        .selectAll()
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .executeTakeFirst(),
    );
    return row && fromRow(row);
  }

  async putIdentity(token: IdentityToken): Promise<StoredToken> {
    const row = toRow(token);
    await this.#write((db) =>
      db
        .insertInto('tokens')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['issuer', 'subject']).doUpdateSet({ name: row.name, scope: row.scope }),
        )
        .execute(),
    );
    return (await this.findIdentity(token.identity)) ?? token;
  }

  async list(): Promise<readonly StoredToken[]> {
    const rows = await this.#read((db) =>
      db.selectFrom('tokens').selectAll().orderBy('created_at').orderBy('id').execute(),
    );
    return rows.map(fromRow);
  }

  async revoke(id: string, at: number): Promise<boolean> {
    await this.#write((db) =>
      db.updateTable('tokens').set({ revoked_at: at }).where('id', '=', id).where('revoked_at', 'is', null).execute(),
    );
    return (await this.find(id)) !== undefined;
  }

  async restore(id: string): Promise<boolean> {
    await this.#write((db) =>
      db.updateTable('tokens').set({ revoked_at: null }).where('id', '=', id).where('issuer', 'is not', null).execute(),
    );
    return (await this.find(id))?.identity !== undefined;
  }

  #read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    return work(this.#reads).catch(raise);
  }

  #write<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    return work(this.#db).catch(raise);
  }
}

function raise(error: unknown): never {
  throw storeError(error);
}

function toRow({ id, name, scope, hash, createdAt, revokedAt, identity }: StoredToken): TokenRow {
  const { issuer = null, subject = null } = identity ?? {};
  return { id, name, scope, hash, created_at: createdAt, revoked_at: revokedAt ?? null, issuer, subject };
}

function fromRow({ id, name, scope, hash, created_at, revoked_at, issuer, subject }: TokenRow): StoredToken {
  return {
    id,
    name,
    scope: scope as TokenScope,
    hash,
    createdAt: created_at,
    revokedAt: revoked_at ?? undefined,
    ...(issuer !== null && subject !== null && { identity: { issuer, subject } }),
  };
}
