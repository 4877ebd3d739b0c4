import Database from 'libsql';
import pg from 'pg';
import { toAttemptRow, toBuildRow, toJobRow } from '../src/adapters/store/build-rows.ts';
import { openPostgresStore } from '../src/adapters/store/postgres.ts';
import type { TrendCountRow } from '../src/adapters/store/schema.ts';
import { openSqliteStore } from '../src/adapters/store/sqlite.ts';
import { attemptName, type Build } from '../src/domain/build.ts';
import { evolveAll } from '../src/domain/evolve.ts';
import type { JobMeasure } from '../src/domain/job-measures.ts';
import type { Plan } from '../src/domain/plan.ts';
import type { Platform } from '../src/domain/platform.ts';
import { sampleBuild, samplePlan } from '../test/helpers/sample-builds.ts';

/** Where builds are stored: a SQLite file, or the URL of a PostgreSQL database. */
export type StorePlace = { readonly file: string } | { readonly url: string };

/** A build to store, with its plan. */
export interface StoredBuild {
  readonly build: Build;
  readonly plan: Plan;
}

/** @param submit sends a job to the backend. @returns builds whose jobs have been queued for an hour */
export function liveBuilds(
  count: number,
  submit: (name: string, platform: Platform, plan: Plan) => string,
): StoredBuild[] {
  const since = Date.now() - 3_600_000;
  return Array.from({ length: count }, (_, n) => {
    const plan = samplePlan({ timeouts: { waitSeconds: 86_400, runSeconds: 7_200 } });
    const created = sampleBuild(plan, { createdAt: since + n });
    const events = plan.jobs.flatMap(({ platform }) => {
      const name = attemptName(created.id, platform, 1);
      const at = { platform, attempt: 1 };
      const backendId = submit(name, platform, plan);
      return [
        { type: 'job.intended', ...at, name },
        { type: 'job.queued', ...at, backendId, adopted: false },
      ] as const;
    });
    return { build: evolveAll(created, events, since + n), plan };
  });
}

/** PostgreSQL receives them as one text. */
const rowsAtOnce = 50_000;

type Tables = Readonly<Record<string, readonly object[]>>;

/** Writes them in bulk: through the store, ten thousand would take minutes. */
export async function seed(place: StorePlace, builds: readonly StoredBuild[]): Promise<void> {
  await (await ('file' in place ? openSqliteStore(place.file) : openPostgresStore(place.url))).close();
  await insert(place, {
    builds: builds.map(({ build, plan }) => toBuildRow(build, plan)),
    jobs: builds.flatMap(({ build }) => build.jobs.map((job, position) => toJobRow(build.id, job, position))),
    attempts: builds.flatMap(({ build }) =>
      build.jobs.flatMap(({ platform, attempts }) => attempts.map((each) => toAttemptRow(build.id, platform, each))),
    ),
  });
}

/** Writes how often stages took how long, as the store counts them. */
export async function seedTrends(place: StorePlace, measures: readonly JobMeasure[]): Promise<void> {
  const rows = new Map<string, TrendCountRow>();
  for (const measure of measures) {
    const key = JSON.stringify(Object.values(measure));
    rows.set(key, { ...measure, count: (rows.get(key)?.count ?? 0) + 1 });
  }
  await insert(place, { trend_counts: [...rows.values()] });
}

async function insert(place: StorePlace, tables: Tables): Promise<void> {
  if ('file' in place) seedSqlite(place.file, tables);
  else await seedPostgres(place.url, tables);
}

function seedSqlite(file: string, tables: Tables): void {
  const database = new Database(file);
  database.exec('begin');
  for (const [table, rows] of Object.entries(tables)) {
    const columns = Object.keys(rows[0] ?? {});
    const values = columns.map(() => '?').join(', ');
    const statement = database.prepare(`insert into ${table} (${columns.join(', ')}) values (${values})`);
    for (const row of rows) statement.run(...(Object.values(row) as unknown[]));
  }
  database.exec('commit');
  database.close();
}

async function seedPostgres(url: string, tables: Tables): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  for (const [table, all] of Object.entries(tables)) {
    for (let from = 0; from < all.length; from += rowsAtOnce) {
      const rows = all.slice(from, from + rowsAtOnce);
      await client.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [
        JSON.stringify(rows),
      ]);
    }
  }
  await client.query('analyze');
  await client.end();
}
