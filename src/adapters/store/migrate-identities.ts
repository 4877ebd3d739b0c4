import type { Kysely, Migration } from 'kysely';

/** Who signed in by OpenID Connect, as tokens that have an identity, and who is about to. */
export const identities: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('tokens').addColumn('issuer', 'text').execute();
    await db.schema.alterTable('tokens').addColumn('subject', 'text').execute();
    // Rows without an identity do not collide: nulls are distinct in both databases.
    await db.schema.createIndex('tokens_identity').on('tokens').columns(['issuer', 'subject']).unique().execute();
    await db.schema
      .createTable('sign_ins')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('return_to', 'text', (column) => column.notNull())
      .addColumn('replaces', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('sign_ins_expires').on('sign_ins').columns(['expires_at']).execute();
  },
};

/** ID tokens, sealed, so that a sign-out at the provider names the session that it ends. */
export const sealedIdTokens: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('sessions').addColumn('sealed_id_token', 'text').execute();
  },
};
