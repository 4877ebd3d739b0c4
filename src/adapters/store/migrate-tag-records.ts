import { type Kysely, type Migration, sql } from 'kysely';

/** Which build put which digest at a tag, derived from the builds and promotions of earlier releases. */
export const tagRecords: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('tag_records')
      .addColumn('destination', 'text', (column) => column.notNull())
      .addColumn('tag', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('build_id', 'text', (column) => column.notNull().references('builds.id').onDelete('cascade'))
      .addColumn('repository', 'text', (column) => column.notNull())
      .addColumn('recipe', 'text', (column) => column.notNull())
      .addColumn('image', 'text', (column) => column.notNull())
      .addColumn('commit_sha', 'text', (column) => column.notNull())
      .addColumn('moving', 'integer', (column) => column.notNull())
      .addColumn('decided_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('tag_records_key', ['destination', 'tag', 'digest'])
      .execute();
    await db.schema.createIndex('tag_records_build').on('tag_records').columns(['build_id']).execute();
    await fromMoves(db);
    await fromPromotions(db);
  },
};

/** Where several builds put the same digest at a tag, the last one submitted owned it until now. */
async function fromMoves(db: Kysely<unknown>): Promise<void> {
  await sql`
    insert into tag_records
      (destination, tag, digest, build_id, repository, recipe, image, commit_sha, moving, decided_at)
    select destination, tag, new_digest, id, repository, recipe, image, commit_sha, moving, created_at
    from (
      select builds.*, tags.tag, tags.new_digest, tags.image, tags.moving, row_number() over (
        partition by builds.destination, tags.tag, tags.new_digest order by builds.created_at desc, builds.id desc
      ) as place
      from tags join builds on builds.id = tags.build_id
      where tags.state in ('planned', 'put')
    ) as moves
    where place = 1`.execute(db);
}

interface PromotionRow {
  readonly build_id: string;
  readonly at: number | string;
  readonly event_json: string;
}

/** Promotions are recorded only in the history, without the image, which is found by its digest. */
async function fromPromotions(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<PromotionRow>`
    select build_id, at, event_json from events where type = 'build.promoted' order by sequence`.execute(db);
  for (const { build_id, at, event_json } of rows) {
    const { tag, digest } = JSON.parse(event_json) as { readonly tag: string; readonly digest: string };
    await sql`
      insert into tag_records
        (destination, tag, digest, build_id, repository, recipe, image, commit_sha, moving, decided_at)
      select destination, ${tag}, ${digest}, id, repository, recipe, tags.image, commit_sha, 1,
        cast(${Number(at)} as bigint)
      from builds join tags on tags.build_id = builds.id
      where builds.id = ${build_id} and tags.new_digest = ${digest}
      order by tags.position limit 1
      on conflict (destination, tag, digest) do update set
        build_id = excluded.build_id, repository = excluded.repository, recipe = excluded.recipe,
        image = excluded.image, commit_sha = excluded.commit_sha, decided_at = excluded.decided_at
      where tag_records.moving = 1 and tag_records.decided_at < excluded.decided_at`.execute(db);
  }
}
