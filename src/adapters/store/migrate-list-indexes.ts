import type { Kysely, Migration } from 'kysely';

/** For the lists of one recipe and of one submitter, newest first. */
export const listIndexes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const column of ['recipe', 'submitted_by'])
      await db.schema.createIndex(`builds_${column}`).on('builds').columns([column, 'created_at', 'id']).execute();
  },
};
