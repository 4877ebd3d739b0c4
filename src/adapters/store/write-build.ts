import type { Transaction } from 'kysely';
import { type Build, holdsTags, isEnded } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { evolveAll } from '../../domain/evolve.ts';
import type { Plan } from '../../domain/plan.ts';
import { toAttemptRow, toBuildChange, toImageRow, toJobRow, toTagRow } from './build-rows.ts';
import type { Tables } from './schema.ts';
import { claimTags, queueLeave, refuseSecondOfKey, tagRelease } from './tag-claims.ts';
import { trendInserts } from './trend-rows.ts';
import { type Write, writeTogether } from './write-together.ts';

type Tx = Transaction<Tables>;

/** @throws when there is no such build */
export async function planOf(tx: Tx, id: string): Promise<Plan> {
  const row = await tx.selectFrom('builds').select('plan_json').where('id', '=', id).executeTakeFirstOrThrow();
  return JSON.parse(row.plan_json) as Plan;
}

/** The plans of existing builds; at least one. */
export async function plansOf(tx: Tx, ids: readonly string[]): Promise<(id: string) => Plan> {
  const rows = await tx.selectFrom('builds').select(['id', 'plan_json']).where('id', 'in', ids).execute();
  const plans = new Map(rows.map((row) => [row.id, JSON.parse(row.plan_json) as Plan]));
  return (id) => plans.get(id) ?? unknownBuild(id);
}

/** @throws BuildNotFound always */
export function unknownBuild(id: string): never {
  throw new TwinhullError('BuildNotFound', `no build has the id "${id}"`);
}

/**
 * Records events and the build that results from them. Before a build holds tags, it claims them.
 * @returns the build as stored
 * @throws BuildConflict, TagInUse
 */
export async function changeBuild(tx: Tx, build: Build, events: readonly BuildEvent[], at: number): Promise<Build> {
  const next = evolveAll(build, events, at);
  // Before the build becomes live again: the index over live keys would only report that a value is not unique.
  if (isEnded(build) && !isEnded(next)) await refuseSecondOfKey(tx, next);
  if (!holdsTags(build) && holdsTags(next)) await claimTags(tx, next, await planOf(tx, build.id));
  const updated = await tx
    .updateTable('builds')
    .set(toBuildChange(next))
    .where('id', '=', build.id)
    .where('version', '=', build.version)
    .executeTakeFirst();
  if (updated.numUpdatedRows !== 1n) {
    throw new TwinhullError('BuildConflict', `build ${build.id} is no longer at version ${String(build.version)}`);
  }
  await clearReplacedParts(tx, build, next);
  await writeTogether(tx, [
    ...(holdsTags(build) && !holdsTags(next) ? [tagRelease(tx, build)] : []),
    ...(build.state === 'waiting' && next.state !== 'waiting' ? [queueLeave(tx, build)] : []),
    ...partWrites(tx, build, next),
    ...eventInserts(tx, build.id, events, at),
    ...trendInserts(tx, next, events),
  ]);
  return next;
}

/** Deletes images and tags that are written again: not in the statement that inserts them, which would not see that. */
async function clearReplacedParts(tx: Tx, before: Build, after: Build): Promise<void> {
  for (const table of ['images', 'tags'] as const) {
    if (before[table] === after[table] || before[table].length === 0) continue;
    await tx.deleteFrom(table).where('build_id', '=', after.id).execute();
  }
}

/** The differences between two values of a build: `evolve` leaves untouched parts identical. */
export function partWrites(tx: Tx, before: Build | undefined, after: Build): readonly Write[] {
  const writes: Write[] = [];
  for (const [position, job] of after.jobs.entries()) {
    const old = before?.jobs[position];
    if (old === job) continue;
    const row = toJobRow(after.id, job, position);
    writes.push(
      tx
        .insertInto('jobs')
        .values(row)
        .onConflict((conflict) => conflict.columns(['build_id', 'platform']).doUpdateSet(row)),
    );
    for (const attempt of job.attempts) {
      if (old?.attempts.includes(attempt)) continue;
      const attemptRow = toAttemptRow(after.id, job.platform, attempt);
      writes.push(
        tx
          .insertInto('attempts')
          .values(attemptRow)
          .onConflict((conflict) => conflict.columns(['build_id', 'platform', 'number']).doUpdateSet(attemptRow)),
      );
    }
  }
  if (before?.images !== after.images && after.images.length > 0)
    writes.push(
      tx.insertInto('images').values(after.images.map((image, position) => toImageRow(after.id, image, position))),
    );
  if (before?.tags !== after.tags && after.tags.length > 0)
    writes.push(tx.insertInto('tags').values(after.tags.map((move, position) => toTagRow(after.id, move, position))));
  return writes;
}

/** Keeps the first labels that a job reported with the build: its version, which the driver compares, does not change. */
export function labelWrites(tx: Tx, buildId: string, events: readonly BuildEvent[]): readonly Write[] {
  const reported = events.find((event) => event.type === 'job.commit');
  if (reported === undefined) return [];
  const labels = { subject: reported.subject ?? null, author: reported.author ?? null };
  const builds = tx.updateTable('builds').set(labels).where('id', '=', buildId);
  return [builds.where('subject', 'is', null).where('author', 'is', null)];
}

/** At most one insert, of all events in their order. */
export function eventInserts(tx: Tx, buildId: string, events: readonly BuildEvent[], at: number): readonly Write[] {
  if (events.length === 0) return [];
  const rows = events.map((event) => ({ build_id: buildId, at, type: event.type, event_json: JSON.stringify(event) }));
  return [tx.insertInto('events').values(rows)];
}
