import type { Transaction } from 'kysely';
import type { Build } from '../../domain/build.ts';
import { loadBuilds } from './load-builds.ts';
import type { Tables } from './schema.ts';

/** How many builds are loaded together: few enough that their rows take little memory beside the builds themselves. */
const pageSize = 500;

/** All open builds, oldest first. Only those that differ from `known` are loaded. */
export async function openBuilds(
  tx: Transaction<Tables>,
  known: ReadonlyMap<string, Build>,
): Promise<readonly Build[]> {
  const rows = await tx
    .selectFrom('builds')
    .select(['id', 'version'])
    .where('open', '=', 1)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  const changed = rows.filter(({ id, version }) => known.get(id)?.version !== version).map(({ id }) => id);
  const loaded = new Map<string, Build>();
  for (let from = 0; from < changed.length; from += pageSize) {
    const page = changed.slice(from, from + pageSize);
    for (const build of await loadBuilds(tx, (query) => query.where('id', 'in', page))) loaded.set(build.id, build);
  }
  return rows.flatMap(({ id }) => loaded.get(id) ?? known.get(id) ?? []);
}
