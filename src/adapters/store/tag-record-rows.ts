import type { Kysely, Transaction } from 'kysely';
import type { TagRecord } from '../../domain/tag-ownership.ts';
import type { Tables, TagRecordRow } from './schema.ts';

type Spot = Pick<TagRecord, 'destination' | 'tag' | 'digest'>;

/** The owner of a tag; undefined unless the record is of exactly this digest. */
export async function tagRecord(
  db: Kysely<Tables>,
  { destination, tag, digest }: Spot,
): Promise<TagRecord | undefined> {
  const row = await db
    .selectFrom('tag_records')
    .selectAll()
    .where('destination', '=', destination)
    .where('tag', '=', tag)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return row && fromRow(row);
}

/** Replaces the records of these tags: the last write wins. */
export async function writeTagRecords(tx: Transaction<Tables>, records: readonly TagRecord[]): Promise<void> {
  for (const record of records) {
    const row = toRow(record);
    await tx
      .insertInto('tag_records')
      .values(row)
      .onConflict((conflict) => conflict.columns(['destination', 'tag', 'digest']).doUpdateSet(row))
      .execute();
  }
}

/** The records of these builds, at least one. */
export async function tagRecordsOf(
  tx: Transaction<Tables>,
  ids: readonly string[],
): Promise<(id: string) => readonly TagRecord[]> {
  const rows = await tx
    .selectFrom('tag_records')
    .selectAll()
    .where('build_id', 'in', ids)
    .orderBy('tag')
    .orderBy('digest')
    .execute();
  const records = rows.map(fromRow);
  return (id) => records.filter(({ buildId }) => buildId === id);
}

/** Id of the live build that is going to publish a tag. */
export async function liveTagHolder(db: Kysely<Tables>, destination: string, tag: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('live_tags')
    .select('build_id')
    .where('destination', '=', destination)
    .where('tag', '=', tag)
    .executeTakeFirst();
  return row?.build_id;
}

function toRow({ destination, tag, digest, buildId, owner, moving, decidedAt }: TagRecord): TagRecordRow {
  const { repository, recipe, image, commit } = owner;
  return {
    ...{ destination, tag, digest, build_id: buildId, repository, recipe, image, commit_sha: commit },
    ...{ moving: moving ? 1 : 0, decided_at: decidedAt },
  };
}

function fromRow(row: TagRecordRow): TagRecord {
  const { destination, tag, digest, build_id, repository, recipe, image, commit_sha, moving, decided_at } = row;
  return {
    destination,
    tag,
    digest,
    buildId: build_id,
    owner: { repository, recipe, image, commit: commit_sha },
    moving: moving === 1,
    decidedAt: decided_at,
  };
}
