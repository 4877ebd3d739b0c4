import type { Kysely } from 'kysely';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { BuildSummary, ListQuery } from '../../ports/build-store.ts';
import { fromSummaryRow } from './build-rows.ts';
import { jobSummaries } from './job-summaries.ts';
import { manyRows } from './many-rows.ts';
import type { Tables } from './schema.ts';

type Db = Kysely<Tables>;

/** Sorts after every continuation of a prefix: ids and commits have lower-case letters and digits only. */
const afterAll = 'z'.repeat(40);

/** The builds of `query`, newest first. @throws BuildNotFound when the build of `before` is gone */
export async function listBuilds(db: Db, query: ListQuery): Promise<readonly BuildSummary[]> {
  const { states, before } = query;
  if (states?.length === 0) return [];
  const rows = await manyRows(db, select(db, query), columns);
  if (rows.length === 0 && before !== undefined) await requireListed(db, before);
  const jobs = await jobSummaries(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => fromSummaryRow(row, jobs(row.id)));
}

const columns = [
  ...(['id', 'state', 'recipe', 'repository', 'commit_sha', 'reference', 'destination'] as const),
  ...(['branch', 'submitted_by', 'subject', 'author'] as const),
  ...(['created_at', 'finished_at', 'waits_behind', 'when_busy', 'superseded_by'] as const),
];

function select(db: Db, { limit, states, commit, repository, branch, recipe, submittedBy, search, before }: ListQuery) {
  let query = db.selectFrom('builds').select(columns).orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit);
  if (states !== undefined) query = query.where('state', 'in', states);
  if (commit !== undefined)
    query = query.where('commit_sha', '>=', commit).where('commit_sha', '<=', commit + afterAll);
  if (repository !== undefined) query = query.where('repository', '=', repository);
  if (branch !== undefined) query = query.where('branch', '=', branch);
  if (recipe !== undefined) query = query.where('recipe', '=', recipe);
  if (submittedBy !== undefined) query = query.where('submitted_by', '=', submittedBy);
  if (search !== undefined) query = query.where('id', 'in', found(db, search));
  if (before !== undefined) {
    const last = db.selectFrom('builds').select(['created_at', 'id']).where('id', '=', before);
    query = query.where((where) => where(where.refTuple('created_at', 'id'), '<', last.$asTuple('created_at', 'id')));
  }
  return query;
}

/** Two ranges of indexes, where `like` would read every build. */
function found(db: Db, prefix: string) {
  const ids = db.selectFrom('builds').select('id');
  const last = prefix + afterAll;
  return ids
    .where('id', '>=', prefix)
    .where('id', '<=', last)
    .union(ids.where('commit_sha', '>=', prefix).where('commit_sha', '<=', last));
}

/** If the last build of a page was removed since, the next page is unknown, which must not appear as an empty one. */
async function requireListed(db: Db, id: string): Promise<void> {
  if ((await db.selectFrom('builds').select('id').where('id', '=', id).executeTakeFirst()) !== undefined) return;
  throw new TwinhullError('BuildNotFound', `the list cannot continue after build ${id}: it is no longer in the store`, {
    hint: 'list again from the beginning',
  });
}
