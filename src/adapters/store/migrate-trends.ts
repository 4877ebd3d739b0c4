import type { Kysely, Migration } from 'kysely';

/** How often a stage of a job took how long, by day. Attempts that ended before this version are not in it. */
export const trendCounts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('trend_counts')
      .addColumn('day', 'integer', (column) => column.notNull())
      .addColumn('recipe', 'text', (column) => column.notNull())
      .addColumn('platform', 'text', (column) => column.notNull())
      .addColumn('stage', 'text', (column) => column.notNull())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('milliseconds', 'bigint', (column) => column.notNull())
      .addColumn('count', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('trend_counts_key', ['day', 'recipe', 'platform', 'stage', 'outcome', 'milliseconds'])
      .execute();
  },
};

/** How many steps of images the layer cache provided, by day. */
export const trendSteps: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('trend_steps')
      .addColumn('day', 'integer', (column) => column.notNull())
      .addColumn('recipe', 'text', (column) => column.notNull())
      .addColumn('platform', 'text', (column) => column.notNull())
      .addColumn('cached', 'integer', (column) => column.notNull())
      .addColumn('steps', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('trend_steps_key', ['day', 'recipe', 'platform'])
      .execute();
  },
};

/** The trends of a day as JSON, until another attempt of the day is counted. Emptied when their shape changes. */
export const trendDays: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('trend_days')
      .addColumn('day', 'integer', (column) => column.notNull())
      .addColumn('recipe', 'text', (column) => column.notNull())
      .addColumn('trends_json', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('trend_days_key', ['day', 'recipe'])
      .execute();
  },
};
