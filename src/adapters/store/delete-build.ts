import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './schema.ts';

type Tx = Transaction<Tables>;

/** Runs one transaction. */
export type Transact = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/** An ended build in the version that the decision to delete it was based on. */
export interface DoomedBuild {
  readonly id: string;
  readonly version: number;
}

/** The most rows that one transaction removes, because other transactions wait for it. */
const mostRows = 500;

/** @returns false when the build changed or is open */
export function deleteLogRows(transact: Transact, build: DoomedBuild): Promise<boolean> {
  return deleteAll(transact, build, async (tx) => {
    const log = await tx
      .selectFrom('log_chunks')
      .select(['platform', 'attempt'])
      .where('build_id', '=', build.id)
      .limit(1)
      .executeTakeFirst();
    if (log === undefined) return 0;
    const ofLog = tx
      .selectFrom('log_chunks')
      .select('start_offset')
      .where('build_id', '=', build.id)
      .where('platform', '=', log.platform)
      .where('attempt', '=', log.attempt)
      .limit(mostRows);
    const { numDeletedRows } = await tx
      .deleteFrom('log_chunks')
      .where('build_id', '=', build.id)
      .where('platform', '=', log.platform)
      .where('attempt', '=', log.attempt)
      .where('start_offset', 'in', ofLog)
      .executeTakeFirst();
    return Number(numDeletedRows);
  });
}

/** @returns false when the build changed or is open */
export function deleteEventRows(transact: Transact, build: DoomedBuild): Promise<boolean> {
  return deleteAll(transact, build, async (tx) => {
    const rows = tx.selectFrom('events').select('sequence').where('build_id', '=', build.id).limit(mostRows);
    const { numDeletedRows } = await tx.deleteFrom('events').where('sequence', 'in', rows).executeTakeFirst();
    return Number(numDeletedRows);
  });
}

/** Deletes the build with its jobs, attempts, images and tags. @returns false when the build changed or is open */
export function deleteBuildRow(transact: Transact, { id, version }: DoomedBuild): Promise<boolean> {
  return transact(async (tx) => {
    const { numDeletedRows } = await tx
      .deleteFrom('builds')
      .where('id', '=', id)
      .where('version', '=', version)
      .where('open', '=', 0)
      .executeTakeFirst();
    return numDeletedRows === 1n;
  });
}

/** The subset of these builds, at least one, that have logs. */
export async function buildsWithLogs(db: Kysely<Tables>, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('builds')
    .select('id')
    .where('id', 'in', ids)
    .where((where) =>
      where.exists(where.selectFrom('log_chunks').select('start_offset').whereRef('build_id', '=', 'builds.id')),
    )
    .execute();
  return new Set(rows.map(({ id }) => id));
}

async function deleteAll(
  transact: Transact,
  build: DoomedBuild,
  deleteSome: (tx: Tx) => Promise<number>,
): Promise<boolean> {
  for (;;) {
    const deleted = await transact(async (tx) => ((await hold(tx, build)) ? deleteSome(tx) : undefined));
    if (deleted === undefined) return false;
    if (deleted === 0) return true;
  }
}

/** Locks the build for the transaction, against a concurrent retry. @returns false when it changed or is open */
async function hold(tx: Tx, { id, version }: DoomedBuild): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('builds')
    .set({ version })
    .where('id', '=', id)
    .where('version', '=', version)
    .where('open', '=', 0)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
