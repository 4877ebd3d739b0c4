import type { Kysely, Transaction } from 'kysely';
import { type Build, isEnded } from '../../domain/build.ts';
import type { BuildEvent, RecordedEvent } from '../../domain/build-event.ts';
import { evolveAll } from '../../domain/evolve.ts';
import type { Plan } from '../../domain/plan.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type {
  BuildStore,
  BuildSummary,
  CreateResult,
  EventQuery,
  LastMove,
  Lease,
  ListQuery,
  LogId,
  LogPosition,
  NewLogChunk,
  StoredLogChunk,
} from '../../ports/build-store.ts';
import {
  fromBuildRow,
  fromSummaryRow,
  toAttemptRow,
  toBuildChange,
  toBuildRow,
  toImageRow,
  toJobRow,
  toTagRow,
} from './build-rows.ts';
import { acquireLease, holdsLease, leaseHolder, releaseLease } from './lease-rows.ts';
import { appendLogChunk, logPosition, readLogChunks } from './log-rows.ts';
import type { Tables } from './schema.ts';
import { storeError } from './store-errors.ts';

type Db = Kysely<Tables>;
type Tx = Transaction<Tables>;

/** The build store on a SQL database, whichever Kysely speaks to. */
export class SqlBuildStore implements BuildStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  create(build: Build, plan: Plan, events: readonly BuildEvent[]): Promise<CreateResult> {
    return this.#transaction(async (tx) => {
      const [live] = await loadBuilds(tx, (query) => query.where('key', '=', build.key).where('live', '=', 1));
      if (live !== undefined) return { created: false, build: live };
      await tx.insertInto('builds').values(toBuildRow(build, plan)).execute();
      await claimTags(tx, build, plan);
      await writeParts(tx, undefined, build);
      await writeEvents(tx, build.id, events, build.createdAt);
      return { created: true, build };
    });
  }

  async load(id: string): Promise<Build | undefined> {
    const [build] = await this.#snapshot((tx) => loadBuilds(tx, (query) => query.where('id', '=', id)));
    return build;
  }

  loadPlan(id: string): Promise<Plan> {
    return this.#read(async (db) => {
      const row = await db.selectFrom('builds').select('plan_json').where('id', '=', id).executeTakeFirst();
      if (row === undefined) throw new TwinhullError('BuildNotFound', `no build has the id ${id}`);
      return JSON.parse(row.plan_json) as Plan;
    });
  }

  async findByKey(key: string): Promise<Build | undefined> {
    const builds = await this.#snapshot((tx) =>
      loadBuilds(tx, (query) =>
        query
          .where('key', '=', key)
          .where((where) => where.or([where('live', '=', 1), where('state', '=', 'published')]))
          .orderBy('live', 'desc')
          .orderBy('created_at', 'desc')
          .limit(1),
      ),
    );
    return builds[0];
  }

  async list({ limit, states, commit, before }: ListQuery): Promise<readonly BuildSummary[]> {
    if (states?.length === 0) return [];
    return this.#read(async (db) => {
      let query = db
        .selectFrom('builds')
        .select(['id', 'state', 'recipe', 'repository', 'commit_sha', 'reference', 'destination'])
        .select(['created_at', 'finished_at'])
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit);
      if (states !== undefined) query = query.where('state', 'in', states);
      if (commit !== undefined) query = query.where('commit_sha', 'like', `${commit}%`);
      if (before !== undefined) {
        const last = db.selectFrom('builds').select(['created_at', 'id']).where('id', '=', before);
        query = query.where((where) =>
          where(where.refTuple('created_at', 'id'), '<', last.$asTuple('created_at', 'id')),
        );
      }
      return (await query.execute()).map(fromSummaryRow);
    });
  }

  open(): Promise<readonly Build[]> {
    return this.#snapshot((tx) =>
      loadBuilds(tx, (query) => query.where('open', '=', 1).orderBy('created_at').orderBy('id')),
    );
  }

  append(build: Build, events: readonly BuildEvent[], at: number, lease?: Lease): Promise<Build> {
    const next = evolveAll(build, events, at);
    return this.#transaction(async (tx) => {
      if (lease !== undefined && !(await holdsLease(tx, lease))) {
        throw new TwinhullError(
          'LeaseLost',
          `${lease.owner} no longer holds the lease of epoch ${String(lease.epoch)}`,
        );
      }
      // Before the build becomes live again: the index over live keys would only say that something is not unique.
      if (isEnded(build) && !isEnded(next)) await claimTags(tx, next, await planOf(tx, build.id));
      const updated = await tx
        .updateTable('builds')
        .set(toBuildChange(next))
        .where('id', '=', build.id)
        .where('version', '=', build.version)
        .executeTakeFirst();
      if (updated.numUpdatedRows !== 1n) {
        throw new TwinhullError('BuildConflict', `build ${build.id} is no longer at version ${String(build.version)}`);
      }
      if (!isEnded(build) && isEnded(next)) await tx.deleteFrom('live_tags').where('build_id', '=', build.id).execute();
      await writeParts(tx, build, next);
      await writeEvents(tx, build.id, events, at);
      return next;
    });
  }

  events({ after, limit, buildId }: EventQuery): Promise<readonly RecordedEvent[]> {
    return this.#read(async (db) => {
      let query = db.selectFrom('events').selectAll().where('sequence', '>', after).orderBy('sequence').limit(limit);
      if (buildId !== undefined) query = query.where('build_id', '=', buildId);
      const rows = await query.execute();
      return rows.map((row) => ({
        sequence: row.sequence,
        buildId: row.build_id,
        at: row.at,
        event: JSON.parse(row.event_json) as BuildEvent,
      }));
    });
  }

  lastMove(destination: string, tag: string): Promise<LastMove | undefined> {
    return this.#read(async (db) => {
      const row = await db
        .selectFrom('tags')
        .innerJoin('builds', 'builds.id', 'tags.build_id')
        .select(['builds.id', 'builds.created_at', 'tags.new_digest'])
        .where('builds.destination', '=', destination)
        .where('tags.tag', '=', tag)
        .where('tags.state', '=', 'put')
        .orderBy('builds.created_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && { buildId: row.id, createdAt: row.created_at, digest: row.new_digest };
    });
  }

  appendLog(chunk: NewLogChunk, events: readonly BuildEvent[], at: number): Promise<boolean> {
    return this.#transaction(async (tx) => {
      const fits = await appendLogChunk(tx, chunk);
      if (fits) await writeEvents(tx, chunk.log.buildId, events, at);
      return fits;
    });
  }

  logPosition(log: LogId): Promise<LogPosition> {
    return this.#read((db) => logPosition(db, log));
  }

  readLog(log: LogId, offset: number, limit: number): Promise<readonly StoredLogChunk[]> {
    return this.#read((db) => readLogChunks(db, log, offset, limit));
  }

  acquireLease(owner: string, now: number, milliseconds: number): Promise<Lease | undefined> {
    return this.#transaction((tx) => acquireLease(tx, owner, now, milliseconds));
  }

  releaseLease(lease: Lease): Promise<void> {
    return this.#transaction((tx) => releaseLease(tx, lease));
  }

  leaseHolder(now: number): Promise<Lease | undefined> {
    return this.#read((db) => leaseHolder(db, now));
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }

  #read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return work(this.#db).catch((error: unknown) => {
      throw storeError(error);
    });
  }

  /** Several reads that see the same moment: a build lies in five tables, and other processes write meanwhile. */
  #snapshot<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#read((db) =>
      db.transaction().setAccessMode('read only').setIsolationLevel('repeatable read').execute(work),
    );
  }

  #transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#read((db) => db.transaction().execute(work));
  }
}

type BuildsQuery = ReturnType<typeof selectBuilds>;

function selectBuilds(db: Db) {
  return db
    .selectFrom('builds')
    .select(['id', 'key', 'version', 'state', 'open', 'live', 'recipe', 'repository', 'commit_sha', 'reference'])
    .select(['destination', 'force', 'wait_seconds', 'run_seconds', 'created_at', 'updated_at', 'finished_at'])
    .select(['cancel_requested_at', 'failure_json', 'waiting_for']);
}

async function loadBuilds(db: Db, narrow: (query: BuildsQuery) => BuildsQuery): Promise<Build[]> {
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
  const jobsOf = byBuild(jobs);
  const attemptsOf = byBuild(attempts);
  const imagesOf = byBuild(images);
  const tagsOf = byBuild(tags);
  return rows.map((row) =>
    fromBuildRow(row, {
      jobs: jobsOf(row.id),
      attempts: attemptsOf(row.id),
      images: imagesOf(row.id),
      tags: tagsOf(row.id),
    }),
  );
}

function byBuild<Row extends { build_id: string }>(rows: readonly Row[]): (id: string) => readonly Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.build_id);
    if (group === undefined) groups.set(row.build_id, [row]);
    else group.push(row);
  }
  return (id) => groups.get(id) ?? [];
}

async function planOf(tx: Tx, id: string): Promise<Plan> {
  const row = await tx.selectFrom('builds').select('plan_json').where('id', '=', id).executeTakeFirstOrThrow();
  return JSON.parse(row.plan_json) as Plan;
}

async function claimTags(tx: Tx, build: Build, plan: Plan): Promise<void> {
  for (const { tag } of plan.tags) {
    const holder = await tx
      .selectFrom('live_tags')
      .select('build_id')
      .where('destination', '=', build.destination)
      .where('tag', '=', tag)
      .executeTakeFirst();
    if (holder?.build_id === build.id) continue;
    if (holder !== undefined) {
      const message = `build ${holder.build_id} is live and is going to publish ${build.destination}:${tag} too`;
      throw new TwinhullError('TagInUse', message, {
        hint: `wait for it (twinhull wait ${holder.build_id}) or cancel it (twinhull cancel ${holder.build_id})`,
      });
    }
    await tx.insertInto('live_tags').values({ destination: build.destination, tag, build_id: build.id }).execute();
  }
}

/** Writes what differs between two values of a build: `evolve` leaves untouched parts identical. */
async function writeParts(tx: Tx, before: Build | undefined, after: Build): Promise<void> {
  for (const [position, job] of after.jobs.entries()) {
    const old = before?.jobs[position];
    if (old === job) continue;
    const row = toJobRow(after.id, job, position);
    await tx
      .insertInto('jobs')
      .values(row)
      .onConflict((conflict) => conflict.columns(['build_id', 'platform']).doUpdateSet(row))
      .execute();
    for (const attempt of job.attempts) {
      if (old?.attempts.includes(attempt)) continue;
      const attemptRow = toAttemptRow(after.id, job.platform, attempt);
      await tx
        .insertInto('attempts')
        .values(attemptRow)
        .onConflict((conflict) => conflict.columns(['build_id', 'platform', 'number']).doUpdateSet(attemptRow))
        .execute();
    }
  }
  if (before?.images !== after.images) {
    await tx.deleteFrom('images').where('build_id', '=', after.id).execute();
    for (const [position, image] of after.images.entries()) {
      await tx
        .insertInto('images')
        .values(toImageRow(after.id, image, position))
        .execute();
    }
  }
  if (before?.tags !== after.tags) {
    await tx.deleteFrom('tags').where('build_id', '=', after.id).execute();
    for (const [position, move] of after.tags.entries()) {
      await tx
        .insertInto('tags')
        .values(toTagRow(after.id, move, position))
        .execute();
    }
  }
}

async function writeEvents(tx: Tx, buildId: string, events: readonly BuildEvent[], at: number): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => ({ build_id: buildId, at, type: event.type, event_json: JSON.stringify(event) }));
  await tx.insertInto('events').values(rows).execute();
}
