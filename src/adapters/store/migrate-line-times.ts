import type { Kysely, Migration } from 'kysely';

/** When the lines of each part of a log were printed. Parts that were stored before have none. */
export const lineTimes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('log_chunks').addColumn('line_times', 'text').execute();
  },
};
