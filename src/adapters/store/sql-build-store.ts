import type { Kysely, Transaction } from 'kysely';
import type { Build, BuildState } from '../../domain/build.ts';
import type { PastRun } from '../../domain/build-estimate.ts';
import type { BuildEvent, RecordedEvent } from '../../domain/build-event.ts';
import type { Plan } from '../../domain/plan.ts';
import type { TagClaim } from '../../domain/queue.ts';
import type { TagRecord } from '../../domain/tag-ownership.ts';
import type {
  BuildStore,
  BuildSummary,
  CreateOptions,
  CreateResult,
  EventQuery,
  Lease,
  ListQuery,
  LogId,
  LogPosition,
  NewLogChunk,
  PastRunsQuery,
  StoredBuild,
  StoredLogChunk,
} from '../../ports/build-store.ts';
import type { TrendQuery, Trends } from '../../ports/trends.ts';
import { addBuild } from './add-build.ts';
import { buildsWithLogs, deleteBuildRow, deleteEventRows, deleteLogRows, type Transact } from './delete-build.ts';
import { acquireLease, leaseHolder, releaseLease, requireLease } from './lease-rows.ts';
import { listBuilds } from './list-builds.ts';
import { loadBuilds } from './load-builds.ts';
import { logChunkInsert, logLengths, logPosition, readLogChunks } from './log-rows.ts';
import { openBuilds } from './open-builds.ts';
import { pastRuns } from './past-runs.ts';
import type { Tables } from './schema.ts';
import { storeError } from './store-errors.ts';
import { claimsBefore, tagClaims } from './tag-claims.ts';
import { liveTagHolder, tagRecord, tagRecordsOf, writeTagRecords } from './tag-record-rows.ts';
import { trendsByDay } from './trend-days.ts';
import { changeBuild, eventInserts, labelWrites, plansOf, unknownBuild } from './write-build.ts';
import { writeTogether } from './write-together.ts';

type Db = Kysely<Tables>;
type Tx = Transaction<Tables>;

interface BuildStoreConnections {
  readonly db: Db;
  readonly reads: Db;
  readonly leases: Db;
  readonly transact: Transact;
}

/** The build store on any SQL database that Kysely supports. */
export class SqlBuildStore implements BuildStore {
  readonly #db: Db;
  readonly #reads: Db;
  readonly #leases: Db;
  readonly #transaction: Transact;

  /** For the connections and `transact` see `storesOn`. */
  constructor({ db, reads, leases, transact }: BuildStoreConnections) {
    this.#db = db;
    this.#reads = reads;
    this.#leases = leases;
    this.#transaction = (work) => transact(work).catch(raise);
  }

  create(
    build: Build,
    plan: Plan,
    events: readonly BuildEvent[],
    { request, ifBusy = 'refuse' }: CreateOptions = {},
  ): Promise<CreateResult> {
    return this.#transaction(async (tx) => {
      const { known, rivals } = await claimsBefore(tx, { build, plan, request });
      if (known !== undefined) {
        const [existing] = await loadBuilds(tx, (query) => query.where('id', '=', known));
        if (existing !== undefined) return { created: false, build: existing, displaced: [] };
      }
      const added = await addBuild(tx, { build, plan, events, ifBusy, request }, rivals);
      return { created: true, ...added };
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

  list(query: ListQuery): Promise<readonly BuildSummary[]> {
    return this.#read((db) => listBuilds(db, query));
  }

  pastRuns(query: PastRunsQuery): Promise<readonly PastRun[]> {
    return this.#read((db) => pastRuns(db, query));
  }

  open(known: ReadonlyMap<string, Build> = new Map()): Promise<readonly Build[]> {
    return this.#snapshot((tx) => openBuilds(tx, known));
  }

  append(build: Build, events: readonly BuildEvent[], at: number, lease?: Lease): Promise<Build> {
    return this.#transaction(async (tx) => {
      if (lease !== undefined) await requireLease(tx, lease);
      return changeBuild(tx, build, events, at);
    });
  }

  queue(): Promise<readonly TagClaim[]> {
    return this.#snapshot(tagClaims);
  }

  trends(query: TrendQuery): Promise<Trends> {
    return trendsByDay(query, this.#reads, this.#transaction).catch(raise);
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

  tagRecord(destination: string, tag: string, digest: string): Promise<TagRecord | undefined> {
    return this.#read((db) => tagRecord(db, { destination, tag, digest }));
  }

  recordTags(records: readonly TagRecord[]): Promise<void> {
    return this.#transaction((tx) => writeTagRecords(tx, records));
  }

  liveTagHolder(destination: string, tag: string): Promise<string | undefined> {
    return this.#read((db) => liveTagHolder(db, destination, tag));
  }

  appendLog(chunk: NewLogChunk, events: readonly BuildEvent[], at: number): Promise<boolean> {
    return this.#transaction(async (tx) => {
      const rows = await logChunkInsert(tx, chunk);
      if (rows === undefined) return false;
      await writeTogether(tx, [
        rows,
        ...labelWrites(tx, chunk.log.buildId, events),
        ...eventInserts(tx, chunk.log.buildId, events, at),
      ]);
      return true;
    });
  }

  logPosition(log: LogId): Promise<LogPosition> {
    return this.#read((db) => logPosition(db, log));
  }

  logLengths(logs: readonly LogId[]): Promise<readonly number[]> {
    return this.#read((db) => logLengths(db, logs));
  }

  readLog(log: LogId, offset: number, limit: number): Promise<readonly StoredLogChunk[]> {
    return this.#read((db) => readLogChunks(db, log, offset, limit));
  }

  acquireLease(owner: string, now: number, milliseconds: number): Promise<Lease | undefined> {
    return this.#leaseChange((tx) => acquireLease(tx, owner, now, milliseconds));
  }

  releaseLease(lease: Lease): Promise<void> {
    return this.#leaseChange((tx) => releaseLease(tx, lease));
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
      const records = await tagRecordsOf(tx, ids);
      return builds.map((build) => ({
        build,
        plan: plans(build.id),
        hasLogs: withLogs.has(build.id),
        tagRecords: records(build.id),
      }));
    });
  }

  deleteLogs(id: string, version: number): Promise<boolean> {
    return deleteLogRows(this.#transaction, { id, version });
  }

  async deleteBuild(id: string, version: number): Promise<boolean> {
    const build = { id, version };
    if (!(await deleteLogRows(this.#transaction, build))) return false;
    if (!(await deleteEventRows(this.#transaction, build))) return false;
    return deleteBuildRow(this.#transaction, build);
  }

  async close(): Promise<void> {
    await this.#reads.destroy();
    await this.#leases.destroy();
    await this.#db.destroy();
  }

  #read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return work(this.#reads).catch(raise);
  }

  /** Reads from one snapshot: a build is spread over five tables, and other processes write concurrently. */
  #snapshot<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#read((db) =>
      db.transaction().setAccessMode('read only').setIsolationLevel('repeatable read').execute(work),
    );
  }

  #leaseChange<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#leases.transaction().execute(work).catch(raise);
  }
}

function raise(error: unknown): never {
  throw storeError(error);
}
