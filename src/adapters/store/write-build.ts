import type { Transaction } from 'kysely';
import type { Build } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import type { Plan } from '../../domain/plan.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import { toAttemptRow, toImageRow, toJobRow, toTagRow } from './build-rows.ts';
import type { Tables } from './schema.ts';

type Tx = Transaction<Tables>;

/** @throws when there is no such build */
export async function planOf(tx: Tx, id: string): Promise<Plan> {
  const row = await tx.selectFrom('builds').select('plan_json').where('id', '=', id).executeTakeFirstOrThrow();
  return JSON.parse(row.plan_json) as Plan;
}

/** The plans of builds that are there; at least one. */
export async function plansOf(tx: Tx, ids: readonly string[]): Promise<(id: string) => Plan> {
  const rows = await tx.selectFrom('builds').select(['id', 'plan_json']).where('id', 'in', ids).execute();
  const plans = new Map(rows.map((row) => [row.id, JSON.parse(row.plan_json) as Plan]));
  return (id) => plans.get(id) ?? unknownBuild(id);
}

export function unknownBuild(id: string): never {
  throw new TwinhullError('BuildNotFound', `no build has the id "${id}"`);
}

/** @throws TagInUse when another live build is going to publish one of the plan's tags */
export async function claimTags(tx: Tx, build: Build, plan: Plan): Promise<void> {
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
export async function writeParts(tx: Tx, before: Build | undefined, after: Build): Promise<void> {
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

export async function writeEvents(tx: Tx, buildId: string, events: readonly BuildEvent[], at: number): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => ({ build_id: buildId, at, type: event.type, event_json: JSON.stringify(event) }));
  await tx.insertInto('events').values(rows).execute();
}
