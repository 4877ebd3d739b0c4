import type { Kysely } from 'kysely';
import type { Build } from '../../domain/build.ts';
import { fromBuildRow } from './build-rows.ts';
import type { Tables } from './schema.ts';

type BuildsQuery = ReturnType<typeof selectBuilds>;

function selectBuilds(db: Kysely<Tables>) {
  return db
    .selectFrom('builds')
    .select(['id', 'key', 'version', 'state', 'open', 'live', 'recipe', 'repository', 'commit_sha', 'reference'])
    .select(['destination', 'force', 'wait_seconds', 'run_seconds', 'created_at', 'updated_at', 'finished_at'])
    .select(['cancel_requested_at', 'failure_json', 'waiting_for', 'waits_behind', 'when_busy', 'superseded_by'])
    .select(['branch', 'submitted_by', 'subject', 'author']);
}

/** The builds that `narrow` selects, each with its jobs, attempts, images and tags: one query per table. */
export async function loadBuilds(db: Kysely<Tables>, narrow: (query: BuildsQuery) => BuildsQuery): Promise<Build[]> {
  const rows = await narrow(selectBuilds(db)).execute();
  if (rows.length === 0) return [];
  const ids = narrow(selectBuilds(db)).clearSelect().select('id').clearOrderBy().clearLimit();
  const wanted = rows.length === 1 && rows[0] !== undefined ? [rows[0].id] : ids;
  const [jobs, attempts, images, tags] = await Promise.all([
    db.selectFrom('jobs').selectAll().where('build_id', 'in', wanted).orderBy('position').execute(),
    db.selectFrom('attempts').selectAll().where('build_id', 'in', wanted).orderBy('number').execute(),
    db.selectFrom('images').selectAll().where('build_id', 'in', wanted).orderBy('position').execute(),
    db.selectFrom('tags').selectAll().where('build_id', 'in', wanted).orderBy('position').execute(),
  ]);
  const jobsOf = grouped(jobs);
  const attemptsOf = grouped(attempts);
  const imagesOf = grouped(images);
  const tagsOf = grouped(tags);
  return rows.map((row) =>
    fromBuildRow(row, {
      jobs: jobsOf(row.id),
      attempts: attemptsOf(row.id),
      images: imagesOf(row.id),
      tags: tagsOf(row.id),
    }),
  );
}

/** Rows by their builds. */
export function grouped<Row extends { build_id: string }>(rows: readonly Row[]): (id: string) => readonly Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.build_id);
    if (group === undefined) groups.set(row.build_id, [row]);
    else group.push(row);
  }
  return (id) => groups.get(id) ?? [];
}
