import type { Kysely } from 'kysely';
import type { JobSummary } from '../../ports/build-store.ts';
import { grouped } from './load-builds.ts';
import type { Tables } from './schema.ts';

/** The jobs of these builds, each with its last attempt. */
export async function jobSummaries(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<(id: string) => readonly JobSummary[]> {
  if (ids.length === 0) return () => [];
  const rows = await db
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
    .orderBy('jobs.position')
    .execute();
  const jobsOf = grouped(rows);
  return (id) =>
    jobsOf(id).map(({ platform, state, number, ...row }) => ({
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
    }));
}
