import type { Kysely } from 'kysely';
import type { PastPhase, PastRun } from '../../domain/build-estimate.ts';
import type { PastRunsQuery } from '../../ports/build-store.ts';
import type { Tables } from './schema.ts';

/** How many builds of a recipe are read, for each that is wanted, to find those of the repository that were published. */
const readForEach = 10;

/** Successful jobs of the newest published builds, the newest build first. */
export async function pastRuns(
  db: Kysely<Tables>,
  { recipe, repository, builds }: PastRunsQuery,
): Promise<readonly PastRun[]> {
  const ofRecipe = db
    .selectFrom('builds')
    .select(['id', 'created_at', 'repository', 'state'])
    .where('recipe', '=', recipe)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(builds * readForEach);
  const newest = db
    .selectFrom(ofRecipe.as('of_recipe'))
    .select(['id', 'created_at'])
    .$if(repository !== undefined, (query) => query.where('repository', '=', repository ?? ''))
    .where('state', '=', 'published')
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(builds);
  const rows = await db
    .selectFrom(newest.as('newest'))
    .innerJoin('attempts', 'attempts.build_id', 'newest.id')
    .select(['attempts.build_id', 'attempts.platform', 'attempts.phases_json'])
    .select(['attempts.intended_at', 'attempts.started_at', 'attempts.finished_at'])
    .where('attempts.failure_json', 'is', null)
    .where('attempts.stopping_json', 'is', null)
    .where('attempts.started_at', 'is not', null)
    .where('attempts.finished_at', 'is not', null)
    .orderBy('newest.created_at', 'desc')
    .orderBy('newest.id', 'desc')
    .orderBy('attempts.platform')
    .execute();
  return rows.flatMap(({ started_at: startedAt, finished_at: finishedAt, ...row }) =>
    startedAt === null || finishedAt === null
      ? []
      : {
          buildId: row.build_id,
          platform: row.platform as PastRun['platform'],
          intendedAt: row.intended_at,
          startedAt,
          finishedAt,
          phases: (JSON.parse(row.phases_json) as readonly PastPhase[]).map(({ phase, image, seconds }) => ({
            phase,
            image,
            seconds,
          })),
        },
  );
}
