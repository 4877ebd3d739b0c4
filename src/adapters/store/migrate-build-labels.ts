import { type Kysely, type Migration, sql } from 'kysely';

/** What lists show and search of a build: its branch, who submitted it, and the commit's subject and author. */
export const buildLabels: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const column of ['branch', 'submitted_by', 'subject', 'author'])
      await db.schema.alterTable('builds').addColumn(column, 'text').execute();
    const postgres = db.getExecutor().adapter.constructor.name === 'PostgresAdapter';
    const [by, branch] = postgres
      ? [sql`event_json::json ->> 'by'`, sql`plan_json::json #>> '{source,branch}'`]
      : [sql`json_extract(event_json, '$.by')`, sql`json_extract(plan_json, '$.source.branch')`];
    await sql`
      update builds set branch = ${branch}, submitted_by = (
        select ${by} from events
        where events.build_id = builds.id and events.type = 'build.created' order by sequence limit 1
      )`.execute(db);
    await db.schema.createIndex('builds_branch').on('builds').columns(['branch', 'created_at', 'id']).execute();
  },
};
