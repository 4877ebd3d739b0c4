import { type Kysely, sql, type Transaction } from 'kysely';
import type { Build } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import { cacheMeasures, jobMeasures } from '../../domain/job-measures.ts';
import type { Trend, TrendQuery, Trends } from '../../ports/trends.ts';
import type { Tables, TrendCountRow, TrendStepRow } from './schema.ts';
import type { Write } from './write-together.ts';

const key = ['day', 'recipe', 'platform', 'stage', 'outcome', 'milliseconds'] as const;

const stepKey = ['day', 'recipe', 'platform'] as const;

/** The writes that count the attempts that these events end. @param build the state after them */
export function trendInserts(tx: Transaction<Tables>, build: Build, events: readonly BuildEvent[]): readonly Write[] {
  return [...countInserts(tx, build, events), ...stepInserts(tx, build, events)];
}

function countInserts(tx: Transaction<Tables>, build: Build, events: readonly BuildEvent[]): readonly Write[] {
  const rows = new Map<string, TrendCountRow>();
  for (const measure of jobMeasures(build, events)) {
    // One statement must not change a row twice.
    const name = JSON.stringify(key.map((column) => measure[column]));
    rows.set(name, { ...measure, count: (rows.get(name)?.count ?? 0) + 1 });
  }
  if (rows.size === 0) return [];
  return [
    tx
      .insertInto('trend_counts')
      .values([...rows.values()])
      .onConflict((conflict) =>
        conflict.columns(key).doUpdateSet((where) => ({
          count: where(where.ref('trend_counts.count'), '+', where.ref('excluded.count')),
        })),
      ),
    tx.deleteFrom('trend_days').where('day', 'in', [...new Set([...rows.values()].map(({ day }) => day))]),
  ];
}

function stepInserts(tx: Transaction<Tables>, build: Build, events: readonly BuildEvent[]): readonly Write[] {
  const rows = new Map<string, TrendStepRow>();
  for (const measure of cacheMeasures(build, events)) {
    const name = JSON.stringify(stepKey.map((column) => measure[column]));
    const { cached = 0, steps = 0 } = rows.get(name) ?? {};
    rows.set(name, { ...measure, cached: measure.cached + cached, steps: measure.steps + steps });
  }
  if (rows.size === 0) return [];
  return [
    tx
      .insertInto('trend_steps')
      .values([...rows.values()])
      .onConflict((conflict) =>
        conflict.columns(stepKey).doUpdateSet((where) => ({
          cached: where(where.ref('trend_steps.cached'), '+', where.ref('excluded.cached')),
          steps: where(where.ref('trend_steps.steps'), '+', where.ref('excluded.steps')),
        })),
      ),
  ];
}

/** Percentiles are durations: of all that were counted, half or 95% took no longer. */
export async function readTrends(db: Kysely<Tables>, { from, to, recipe }: TrendQuery): Promise<Trends> {
  const ofRecipe = recipe === undefined ? sql`` : sql`and recipe = ${recipe}`;
  const { rows } = await sql<TrendRow>`
    with counted as (
      select day, platform, stage, outcome, milliseconds, sum(count) as times
      from trend_counts where day between ${from} and ${to} ${ofRecipe}
      group by day, platform, stage, outcome, milliseconds
    ), ranked as (
      select day, platform, stage, outcome, milliseconds, times,
        sum(times) over (partition by day, platform, stage, outcome order by milliseconds) as so_far,
        sum(times) over (partition by day, platform, stage, outcome) as total
      from counted
    ), provided as (
      select day, platform, sum(cached) as cached, sum(steps) as steps
      from trend_steps where day between ${from} and ${to} ${ofRecipe}
      group by day, platform
    )
    select ranked.day, ranked.platform, stage,
      sum(case when outcome = 'succeeded' then times else 0 end) as succeeded,
      sum(case when outcome = 'failed' then times else 0 end) as failed,
      sum(case when outcome = 'stopped' then times else 0 end) as stopped,
      min(case when outcome = 'succeeded' and so_far * 2 >= total then milliseconds end) as p50,
      min(case when outcome = 'succeeded' and so_far * 100 >= total * 95 then milliseconds end) as p95,
      min(provided.cached) as cached, min(provided.steps) as steps
    from ranked left join provided
      on provided.day = ranked.day and provided.platform = ranked.platform and stage = 'build'
    group by ranked.day, ranked.platform, stage order by ranked.day, ranked.platform, stage`.execute(db);
  const named = await db
    .selectFrom('trend_counts')
    .select('recipe')
    .distinct()
    .where('day', '>=', from)
    .where('day', '<=', to)
    .orderBy('recipe')
    .execute();
  return { trends: rows.map(toTrend), recipes: named.map((row) => row.recipe) };
}

/** PostgreSQL returns sums as text. */
type Sum = number | string;

interface TrendRow {
  readonly day: number;
  readonly platform: string;
  readonly stage: string;
  readonly succeeded: Sum;
  readonly failed: Sum;
  readonly stopped: Sum;
  readonly p50: Sum | null;
  readonly p95: Sum | null;
  readonly cached: Sum | null;
  readonly steps: Sum | null;
}

function toTrend({ day, platform, stage, succeeded, failed, stopped, p50, p95, cached, steps }: TrendRow): Trend {
  return {
    day,
    platform: platform as Trend['platform'],
    stage: stage as Trend['stage'],
    succeeded: Number(succeeded),
    failed: Number(failed),
    stopped: Number(stopped),
    p50Seconds: p50 === null ? undefined : Number(p50) / 1000,
    p95Seconds: p95 === null ? undefined : Number(p95) / 1000,
    cachedSteps: cached === null ? undefined : Number(cached),
    steps: steps === null ? undefined : Number(steps),
  };
}
