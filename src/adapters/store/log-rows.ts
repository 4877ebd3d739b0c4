import { type Kysely, sql } from 'kysely';
import { countLines, encodeLineTimes } from '../../domain/line-times.ts';
import {
  type LogId,
  type LogPosition,
  longestLogRead,
  type NewLogChunk,
  type StoredLogChunk,
} from '../../ports/build-store.ts';
import type { Tables } from './schema.ts';
import type { Write } from './write-together.ts';

/** @returns undefined when the chunk does not begin where the stored log ends: another process has already stored it */
export async function logChunkInsert(
  tx: Kysely<Tables>,
  { log, offset, text, cursor, times }: NewLogChunk,
): Promise<Write | undefined> {
  const position = await logPosition(tx, log);
  if (position.offset !== offset) return undefined;
  return tx.insertInto('log_chunks').values({
    build_id: log.buildId,
    platform: log.platform,
    attempt: log.attempt,
    start_offset: offset,
    end_offset: offset + Buffer.byteLength(text),
    cursor,
    text: storable(text),
    // Times that do not fit the lines would move those of others.
    line_times:
      times === undefined || times.length === 0 || times.length !== countLines(text) ? null : encodeLineTimes(times),
  });
}

/** Databases truncate or reject text with a NUL, which programs do print. A space preserves the offsets. */
function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', ' ') : text;
}

/** Where the stored log ends; zero for one without chunks. */
export async function logPosition(db: Kysely<Tables>, log: LogId): Promise<LogPosition> {
  const last = await db
    .selectFrom('log_chunks')
    .select(['end_offset', 'cursor'])
    .where('build_id', '=', log.buildId)
    .where('platform', '=', log.platform)
    .where('attempt', '=', log.attempt)
    .orderBy('start_offset', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last === undefined ? { offset: 0, cursor: undefined } : { offset: last.end_offset, cursor: last.cursor };
}

/** Where these stored logs end, in bytes: a look-up in the primary key for each. */
export async function logLengths(db: Kysely<Tables>, logs: readonly LogId[]): Promise<readonly number[]> {
  if (logs.length === 0) return [];
  const wanted = logs.map(
    ({ buildId, platform, attempt }, position) =>
      sql`(cast(${position} as integer), cast(${buildId} as text), cast(${platform} as text), cast(${attempt} as integer))`,
  );
  const { rows } = await sql<{ readonly position: number; readonly length: number | null }>`
    with wanted (position, build_id, platform, attempt) as (values ${sql.join(wanted)})
    select position, (
      select end_offset from log_chunks
      where log_chunks.build_id = wanted.build_id
        and log_chunks.platform = wanted.platform
        and log_chunks.attempt = wanted.attempt
      order by start_offset desc limit 1
    ) as length from wanted`.execute(db);
  const lengths = logs.map(() => 0);
  for (const { position, length } of rows) lengths[position] = length ?? 0;
  return lengths;
}

/** At most `limit` chunks that begin at or after the byte `offset`, but not `longestLogRead` after it, in order. */
export async function readLogChunks(
  db: Kysely<Tables>,
  log: LogId,
  offset: number,
  limit: number,
): Promise<readonly StoredLogChunk[]> {
  const rows = await db
    .selectFrom('log_chunks')
    .select(['start_offset', 'text', 'line_times'])
    .where('build_id', '=', log.buildId)
    .where('platform', '=', log.platform)
    .where('attempt', '=', log.attempt)
    .where('start_offset', '>=', offset)
    .where('start_offset', '<', offset + longestLogRead)
    .orderBy('start_offset')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    offset: row.start_offset,
    text: row.text,
    ...(row.line_times !== null && { lineTimes: row.line_times }),
  }));
}
