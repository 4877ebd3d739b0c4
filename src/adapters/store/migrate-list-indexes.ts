import type { Kysely, Migration } from 'kysely';

/** For the lists of one recipe and of one submitter, newest first. */
export const listIndexes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const column of ['recipe', 'submitted_by']) await createListIndex(db, column);
  },
};

/** The same for one state and one repository: without, the list of a state that most builds are in sorts all of them. */
export const moreListIndexes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.dropIndex('builds_state').execute();
    for (const column of ['state', 'repository']) await createListIndex(db, column);
  },
};

async function createListIndex(db: Kysely<unknown>, column: string): Promise<void> {
  await db.schema.createIndex(`builds_${column}`).on('builds').columns([column, 'created_at', 'id']).execute();
}
