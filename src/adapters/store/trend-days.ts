import type { Kysely, Transaction } from 'kysely';
import type { TrendQuery, Trends } from '../../ports/trends.ts';
import type { Transact } from './delete-build.ts';
import type { Tables } from './schema.ts';
import { readTrends } from './trend-rows.ts';

/** How many days one transaction summarises: other writes wait for it. */
const daysAtOnce = 4;

/** In place of a recipe: all of them together. No recipe has an empty name. */
const allRecipes = '';

/**
 * The trends of each day, of which all but the last day are worked out once and kept until another attempt of that day
 * is counted: a year of 100,000 builds has over a million counts.
 */
export async function trendsByDay(query: TrendQuery, reads: Kysely<Tables>, transact: Transact): Promise<Trends> {
  const { from, to, recipe } = query;
  if (recipe !== undefined) {
    // Nothing is kept of a recipe that was never counted: its name may be any text of a request.
    const { recipes } = await trendsByDay({ from, to }, reads, transact);
    if (!recipes.includes(recipe)) return { trends: [], recipes };
  }
  const first = await firstDay(reads);
  if (first === undefined || first > to) return { trends: [], recipes: [] };
  const begin = Math.max(from, first);
  const days = await keptDays(reads, { from: begin, to: to - 1, recipe });
  const missing = Array.from({ length: Math.max(0, to - begin) }, (_, n) => begin + n).filter((day) => !days.has(day));
  for (let at = 0; at < missing.length; at += daysAtOnce) {
    const some = missing.slice(at, at + daysAtOnce);
    for (const [day, trends] of await transact((tx) => keepDays(tx, some, recipe))) days.set(day, trends);
  }
  days.set(to, await readTrends(reads, { from: to, to, recipe }));
  const all = [...days].sort(([one], [other]) => one - other).map(([, trends]) => trends);
  return {
    trends: all.flatMap(({ trends }) => trends),
    recipes: [...new Set(all.flatMap(({ recipes }) => recipes))].sort(),
  };
}

async function firstDay(db: Kysely<Tables>): Promise<number | undefined> {
  const row = await db.selectFrom('trend_counts').select('day').orderBy('day').limit(1).executeTakeFirst();
  return row?.day;
}

async function keptDays(
  db: Kysely<Tables>,
  { from, to, recipe = allRecipes }: TrendQuery,
): Promise<Map<number, Trends>> {
  const rows = await db
    .selectFrom('trend_days')
    .select(['day', 'trends_json'])
    .where('day', '>=', from)
    .where('day', '<=', to)
    .where('recipe', '=', recipe)
    .execute();
  return new Map(rows.map((row) => [row.day, JSON.parse(row.trends_json) as Trends]));
}

async function keepDays(
  tx: Transaction<Tables>,
  days: readonly number[],
  recipe: string | undefined,
): Promise<readonly (readonly [number, Trends])[]> {
  const found: (readonly [number, Trends])[] = [];
  for (const day of days) {
    const trends = await readTrends(tx, { from: day, to: day, recipe });
    const row = { day, recipe: recipe ?? allRecipes, trends_json: JSON.stringify(trends) };
    // Another process may have done the same.
    await tx
      .insertInto('trend_days')
      .values(row)
      .onConflict((conflict) => conflict.columns(['day', 'recipe']).doUpdateSet({ trends_json: row.trends_json }))
      .execute();
    found.push([day, trends]);
  }
  return found;
}
