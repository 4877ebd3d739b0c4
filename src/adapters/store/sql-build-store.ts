import type { Kysely, Transaction } from 'kysely';
import { type Build, type BuildState, isEnded } from '../../domain/build.ts';
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
  StoredBuild,
  StoredLogChunk,
} from '../../ports/build-store.ts';
import type { AskedRequest } from '../../ports/request-store.ts';
import { fromSummaryRow, toBuildChange, toBuildRow } from './build-rows.ts';
import { buildsWithLogs, deleteBuildRow, deleteEventRows, deleteLogRows, type Transact } from './delete-build.ts';
import { acquireLease, leaseHolder, releaseLease, requireLease } from './lease-rows.ts';
import { loadBuilds } from './load-builds.ts';
import { appendLogChunk, logPosition, readLogChunks } from './log-rows.ts';
import { openBuilds } from './open-builds.ts';
import type { Tables } from './schema.ts';
import { answerOf, recordRequest } from './sql-request-store.ts';
import { storeError } from './store-errors.ts';
import { claimTags, planOf, plansOf, unknownBuild, writeEvents, writeParts } from './write-build.ts';

type Db = Kysely<Tables>;
type Tx = Transaction<Tables>;

/** The build store on a SQL database, whichever Kysely speaks to. */
export class SqlBuildStore implements BuildStore {
  readonly #db: Db;
  readonly #reads: Db;
  readonly #leases: Db;

  /** For `reads` and `leases` see `storesOn`. */
  constructor(db: Db, reads: Db, leases: Db) {
    this.#db = db;
    this.#reads = reads;
    this.#leases = leases;
  }

  create(build: Build, plan: Plan, events: readonly BuildEvent[], request?: AskedRequest): Promise<CreateResult> {
    return this.#transaction(async (tx) => {
      const answer = request && (await answerOf(tx, request));
      const [known] = await loadBuilds(tx, (query) =>
        answer === undefined
          ? query.where('key', '=', build.key).where('live', '=', 1)
          : query.where('id', '=', answer),
      );
      if (known !== undefined) return { created: false, build: known };
      await tx.insertInto('builds').values(toBuildRow(build, plan)).execute();
      await claimTags(tx, build, plan);
      await writeParts(tx, undefined, build);
      await writeEvents(tx, build.id, events, build.createdAt);
      if (request !== undefined) await recordRequest(tx, { ...request, buildId: build.id });
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
      if (row === undefined) unknownBuild(id);
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

  countByState(): Promise<ReadonlyMap<BuildState, number>> {
    return this.#read(async (db) => {
      const rows = await db
        .selectFrom('builds')
        .select(({ fn }) => ['state', fn.countAll().as('count')])
        .groupBy('state')
        .execute();
      return new Map(rows.map(({ state, count }) => [state as BuildState, Number(count)]));
    });
  }

  async list({ limit, states, commit, repository, before }: ListQuery): Promise<readonly BuildSummary[]> {
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
      if (repository !== undefined) query = query.where('repository', '=', repository);
      if (before !== undefined) {
        const last = db.selectFrom('builds').select(['created_at', 'id']).where('id', '=', before);
        query = query.where((where) =>
          where(where.refTuple('created_at', 'id'), '<', last.$asTuple('created_at', 'id')),
        );
      }
      const rows = await query.execute();
      if (rows.length === 0 && before !== undefined) await requireListed(db, before);
      return rows.map(fromSummaryRow);
    });
  }

  open(known: ReadonlyMap<string, Build> = new Map()): Promise<readonly Build[]> {
    return this.#snapshot((tx) => openBuilds(tx, known));
  }

  append(build: Build, events: readonly BuildEvent[], at: number, lease?: Lease): Promise<Build> {
    const next = evolveAll(build, events, at);
    return this.#transaction(async (tx) => {
      if (lease !== undefined) await requireLease(tx, lease);
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

  lastSequence(): Promise<number> {
    return this.#read(async (db) => {
      const row = await db
        .selectFrom('events')
        .select('sequence')
        .orderBy('sequence', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row?.sequence ?? 0;
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
    return this.#transaction((tx) => acquireLease(tx, owner, now, milliseconds), this.#leases);
  }

  releaseLease(lease: Lease): Promise<void> {
    return this.#transaction((tx) => releaseLease(tx, lease), this.#leases);
  }

  leaseHolder(now: number): Promise<Lease | undefined> {
    return this.#read((db) => leaseHolder(db, now));
  }

  scan(after: string | undefined, limit: number): Promise<readonly StoredBuild[]> {
    return this.#snapshot(async (tx) => {
      const page = tx.selectFrom('builds').select('id').orderBy('id').limit(limit);
      const rows = await (after === undefined ? page : page.where('id', '>', after)).execute();
      const ids = rows.map(({ id }) => id);
      if (ids.length === 0) return [];
      const builds = await loadBuilds(tx, (query) => query.where('id', 'in', ids).orderBy('id'));
      const [plans, withLogs] = [await plansOf(tx, ids), await buildsWithLogs(tx, ids)];
      return builds.map((build) => ({ build, plan: plans(build.id), hasLogs: withLogs.has(build.id) }));
    });
  }

  deleteLogs(id: string, version: number): Promise<boolean> {
    return deleteLogRows((work) => this.#transaction(work), { id, version });
  }

  async deleteBuild(id: string, version: number): Promise<boolean> {
    const build = { id, version };
    const transact: Transact = (work) => this.#transaction(work);
    if (!(await deleteLogRows(transact, build)) || !(await deleteEventRows(transact, build))) return false;
    return deleteBuildRow(transact, build);
  }

  async close(): Promise<void> {
    await this.#reads.destroy();
    await this.#leases.destroy();
    await this.#db.destroy();
  }

  #read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return work(this.#reads).catch(raise);
  }

  /** Several reads that see the same moment: a build lies in five tables, and other processes write meanwhile. */
  #snapshot<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#read((db) =>
      db.transaction().setAccessMode('read only').setIsolationLevel('repeatable read').execute(work),
    );
  }

  #transaction<T>(work: (tx: Tx) => Promise<T>, db = this.#db): Promise<T> {
    return db.transaction().execute(work).catch(raise);
  }
}

function raise(error: unknown): never {
  throw storeError(error);
}

/** Where a page ends with a build that was removed since, nobody knows what comes next: that is no empty page. */
async function requireListed(db: Db, id: string): Promise<void> {
  if ((await db.selectFrom('builds').select('id').where('id', '=', id).executeTakeFirst()) !== undefined) return;
  throw new TwinhullError('BuildNotFound', `the list cannot go on after build ${id}: it is not in the store any more`, {
    hint: 'list from the beginning',
  });
}
