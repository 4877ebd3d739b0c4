import { type Kysely, sql, type Transaction } from 'kysely';
import type { Build } from '../../domain/build.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Plan } from '../../domain/plan.ts';
import type { TagClaim } from '../../domain/queue.ts';
import type { AskedRequest } from '../../ports/request-store.ts';
import type { LiveTagRow, Tables } from './schema.ts';
import type { Write } from './write-together.ts';

type Tx = Transaction<Tables>;

/** A build that holds one of the tags, or waits for it. */
export interface Rival {
  readonly id: string;
  readonly tag: string;
  readonly waiting: boolean;
  readonly createdAt: number;
}

/** What is stored already about a build that is to be added. */
export interface ClaimsBefore {
  /** Id of the build that answered the same request, or else of the live build of the same key. */
  readonly known: string | undefined;
  /** Builds that hold tags of the plan, then those that wait for them; each once, in the order of their turns. */
  readonly rivals: readonly Rival[];
}

/** One query, because each costs a round trip while other writers wait. */
export async function claimsBefore(
  tx: Tx,
  { build, plan, request }: { readonly build: Build; readonly plan: Plan; readonly request: AskedRequest | undefined },
): Promise<ClaimsBefore> {
  let query = tx
    .selectFrom('builds')
    .select([sql<string>`'key'`.as('kind'), 'id', 'key as tag', 'created_at'])
    .where('key', '=', build.key)
    .where('live', '=', 1);
  if (request !== undefined)
    query = query.unionAll(
      tx
        .selectFrom('requests')
        .select([sql<string>`'answer'`.as('kind'), 'build_id as id', 'key as tag', 'at as created_at'])
        .where('owner', '=', request.owner)
        .where('key', '=', request.key)
        .where('at', '>=', request.keepAfter),
    );
  if (plan.tags.length > 0)
    query = query
      .unionAll(claimants(tx, 'live_tags', build, plan))
      .unionAll(claimants(tx, 'waiting_tags', build, plan));
  const rows = await query.execute();
  const first = (kind: string): string | undefined => rows.find((row) => row.kind === kind)?.id;
  return { known: first('answer') ?? first('key'), rivals: toRivals(rows) };
}

/** @throws TagInUse when another live build, or a waiting one ahead, is going to publish one of the plan's tags */
export async function claimTags(tx: Tx, build: Build, plan: Plan): Promise<void> {
  await refuseClaimed(tx, build, plan);
  for (const write of tagInserts(tx, 'live_tags', build, plan)) await write.execute();
}

/** @throws TagInUse as `claimTags` does */
export async function refuseClaimed(tx: Tx, build: Build, plan: Plan): Promise<void> {
  if (plan.tags.length === 0) return;
  const claims = claimants(tx, 'live_tags', build, plan).unionAll(claimants(tx, 'waiting_tags', build, plan));
  const ahead = toRivals(await claims.execute()).find((rival) => !rival.waiting || isBefore(rival, build));
  if (ahead !== undefined) throw tagClaimed(ahead, build);
}

/** Frees the tags that a build holds, once it has ended. */
export function tagRelease(tx: Tx, { id }: Build): Write {
  return tx.deleteFrom('live_tags').where('build_id', '=', id);
}

/** Removes a build that no longer waits from the queue. */
export function queueLeave(tx: Tx, { id }: Build): Write {
  return tx.deleteFrom('waiting_tags').where('build_id', '=', id);
}

/** @throws TagInUse when a build of the same key is live, which includes waiting */
export async function refuseSecondOfKey(tx: Tx, { id, key }: Build): Promise<void> {
  const other = await tx
    .selectFrom('builds')
    .select('id')
    .where('key', '=', key)
    .where('live', '=', 1)
    .where('id', '!=', id)
    .executeTakeFirst();
  if (other === undefined) return;
  throw new TwinhullError('TagInUse', `build ${other.id} of the same images is live`, {
    hint: `wait for it: twinhull wait ${other.id}`,
  });
}

/** The tags that waiting builds want, and which builds hold them; in the order of their turns. */
export async function tagClaims(db: Kysely<Tables>): Promise<readonly TagClaim[]> {
  const held = await db
    .selectFrom('live_tags')
    .innerJoin('waiting_tags', (join) =>
      join
        .onRef('waiting_tags.destination', '=', 'live_tags.destination')
        .onRef('waiting_tags.tag', '=', 'live_tags.tag'),
    )
    .select(['live_tags.build_id', 'live_tags.destination', 'live_tags.tag'])
    .distinct()
    .execute();
  const waiting = await db
    .selectFrom('waiting_tags')
    .innerJoin('builds', 'builds.id', 'waiting_tags.build_id')
    .select(['waiting_tags.build_id', 'waiting_tags.destination', 'waiting_tags.tag'])
    .orderBy('builds.created_at')
    .orderBy('builds.id')
    .execute();
  return [...held.map((row) => toClaim(row, false)), ...waiting.map((row) => toClaim(row, true))];
}

/** The refusal of a submit whose tag another build holds or waits for. */
export function tagClaimed({ id, tag, waiting }: Rival, { destination }: Build): TwinhullError {
  const how = waiting ? 'waits' : 'is live';
  return new TwinhullError('TagInUse', `build ${id} ${how} and publishes ${destination}:${tag} too`, {
    hint: `wait for it (twinhull wait ${id}), cancel it (twinhull cancel ${id}), or queue the build (--if-busy; ifBusy in the API)`,
  });
}

function isBefore({ createdAt, id }: Rival, build: Build): boolean {
  return createdAt < build.createdAt || (createdAt === build.createdAt && id < build.id);
}

function claimants(tx: Tx, table: 'live_tags' | 'waiting_tags', build: Build, { tags }: Plan) {
  return tx
    .selectFrom(`${table} as claims`)
    .innerJoin('builds', 'builds.id', 'claims.build_id')
    .select([sql<string>`${sql.lit(table)}`.as('kind'), 'builds.id', 'claims.tag', 'builds.created_at'])
    .where('claims.destination', '=', build.destination)
    .where('claims.tag', 'in', [...new Set(tags.map(({ tag }) => tag))])
    .where('builds.id', '!=', build.id);
}

interface ClaimRow {
  readonly kind: string;
  readonly id: string;
  readonly tag: string;
  readonly created_at: number;
}

function toRivals(rows: readonly ClaimRow[]): readonly Rival[] {
  const rivals = new Map<string, Rival>();
  for (const table of ['live_tags', 'waiting_tags']) {
    const claims = rows.filter(({ kind }) => kind === table);
    const ordered = claims.toSorted((one, other) => one.created_at - other.created_at || (one.id < other.id ? -1 : 1));
    for (const { id, tag, created_at: createdAt } of ordered)
      if (!rivals.has(id)) rivals.set(id, { id, tag, createdAt, waiting: table === 'waiting_tags' });
  }
  return [...rivals.values()];
}

/** At most one insert. An already inserted tag is this build's own: one held by another build was refused. */
export function tagInserts(
  tx: Tx,
  table: 'live_tags' | 'waiting_tags',
  { id, destination }: Build,
  { tags }: Plan,
): readonly Write[] {
  if (tags.length === 0) return [];
  const rows = tags.map(({ tag }): LiveTagRow => ({ destination, tag, build_id: id }));
  return [
    tx
      .insertInto(table)
      .values(rows)
      .onConflict((conflict) => conflict.doNothing()),
  ];
}

function toClaim({ build_id: buildId, destination, tag }: LiveTagRow, waiting: boolean): TagClaim {
  return { buildId, destination, tag, waiting };
}
