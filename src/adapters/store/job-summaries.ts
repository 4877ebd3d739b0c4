import type { Kysely } from 'kysely';
import type { JobSummary } from '../../ports/build-store.ts';
import { grouped } from './load-builds.ts';
import { manyRows } from './many-rows.ts';
import type { Tables } from './schema.ts';

/** Builds of one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const buildsAtOnce = 10_000;

/** The jobs of these builds, each with its last attempt. */
export async function jobSummaries(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<(id: string) => readonly JobSummary[]> {
  const rows: JobRow[] = [];
  for (let from = 0; from < ids.length; from += buildsAtOnce)
    for (const row of await manyRows(db, jobRows(db, ids.slice(from, from + buildsAtOnce)), columns)) rows.push(row);
  const jobsOf = grouped(rows);
  return (id) => jobsOf(id).map(toJobSummary);
}

type JobRow = Awaited<ReturnType<ReturnType<typeof jobRows>['execute']>>[number];

const columns = [
  ...(['build_id', 'platform', 'state'] as const),
  ...(['number', 'intended_at', 'started_at', 'finished_at', 'waiting_for'] as const),
];

/** The rows have the columns of `columns`, in their order. */
function jobRows(db: Kysely<Tables>, ids: readonly string[]) {
  return db
    .selectFrom('jobs')
    .leftJoin('attempts', (join) =>
      join
        .onRef('attempts.build_id', '=', 'jobs.build_id')
        .onRef('attempts.platform', '=', 'jobs.platform')
        .on('attempts.number', '=', (where) =>
          where
            .selectFrom('attempts as later')
            .select(({ fn }) => fn.max('later.number').as('number'))
            .whereRef('later.build_id', '=', 'jobs.build_id')
            .whereRef('later.platform', '=', 'jobs.platform'),
        ),
    )
    .select(['jobs.build_id', 'jobs.platform', 'jobs.state'])
    .select(['attempts.number', 'attempts.intended_at', 'attempts.started_at', 'attempts.finished_at'])
    .select('attempts.waiting_for')
    .where('jobs.build_id', 'in', ids)
    .orderBy('jobs.position');
}

function toJobSummary({ platform, state, number, ...row }: JobRow): JobSummary {
  return {
    platform: platform as JobSummary['platform'],
    state: state as JobSummary['state'],
    attempts:
      number === null
        ? []
        : [
            {
              number,
              intendedAt: row.intended_at ?? undefined,
              startedAt: row.started_at ?? undefined,
              finishedAt: row.finished_at ?? undefined,
              waitingFor: row.waiting_for ?? undefined,
            },
          ],
  };
}
