import type { Transaction } from 'kysely';
import type { Build } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import { evolve } from '../../domain/evolve.ts';
import type { Plan } from '../../domain/plan.ts';
import { admit, type Contender, type Displaced } from '../../domain/queue.ts';
import type { IfBusy, WhenBusy } from '../../domain/queue-policy.ts';
import type { AskedRequest } from '../../ports/request-store.ts';
import { toBuildRow } from './build-rows.ts';
import { loadBuilds } from './load-builds.ts';
import type { Tables } from './schema.ts';
import { forgetOlder, requestInsert } from './sql-request-store.ts';
import { type Rival, refuseClaimed, tagClaimed, tagInserts } from './tag-claims.ts';
import { changeBuild, eventInserts, partWrites, plansOf } from './write-build.ts';
import { writeTogether } from './write-together.ts';

type Tx = Transaction<Tables>;

interface NewBuild {
  readonly build: Build;
  readonly plan: Plan;
  /** The first events of its history. */
  readonly events: readonly BuildEvent[];
  readonly ifBusy: IfBusy;
  /** The request that the build answers. */
  readonly request: AskedRequest | undefined;
}

/**
 * @param rivals builds that hold tags of the plan or wait for them
 * @returns the build as stored, and the builds that it displaced
 * @throws TagInUse where `ifBusy` is `refuse`
 */
export async function addBuild(
  tx: Tx,
  added: NewBuild,
  rivals: readonly Rival[],
): Promise<{ readonly build: Build; readonly displaced: readonly Displaced[] }> {
  const { build, plan, ifBusy } = added;
  const [first] = rivals;
  if (first === undefined) return { build: await insert(tx, added, 'live_tags'), displaced: [] };
  if (ifBusy === 'refuse') throw tagClaimed(first, build);
  const newcomer = { build, branch: plan.source.branch };
  const { behind, displaced } = admit(newcomer, await contenders(tx, rivals), ifBusy);
  const changed: Displaced[] = [];
  for (const { build: displacedBuild, event } of displaced)
    changed.push({ build: await changeBuild(tx, displacedBuild, [event], build.createdAt), event });
  if (behind !== undefined) return { build: await insertWaiting(tx, added, behind, ifBusy), displaced: changed };
  await refuseClaimed(tx, build, plan);
  return { build: await insert(tx, added, 'live_tags'), displaced: changed };
}

async function insertWaiting(tx: Tx, added: NewBuild, behind: string, whenBusy: WhenBusy): Promise<Build> {
  const event: BuildEvent = { type: 'build.waiting', behind, whenBusy };
  const build = evolve(added.build, event, added.build.createdAt);
  return insert(tx, { ...added, build, events: [...added.events, event] }, 'waiting_tags');
}

async function insert(
  tx: Tx,
  { build, plan, events, request }: NewBuild,
  tags: 'live_tags' | 'waiting_tags',
): Promise<Build> {
  if (request !== undefined) await forgetOlder(tx, request.keepAfter);
  await writeTogether(tx, [
    tx.insertInto('builds').values(toBuildRow(build, plan)),
    ...partWrites(tx, undefined, build),
    ...eventInserts(tx, build.id, events, build.createdAt),
    ...tagInserts(tx, tags, build, plan),
    ...(request === undefined ? [] : [requestInsert(tx, { ...request, buildId: build.id })]),
  ]);
  return build;
}

async function contenders(tx: Tx, rivals: readonly Rival[]): Promise<readonly Contender[]> {
  const ids = rivals.map(({ id }) => id);
  const builds = new Map(
    (await loadBuilds(tx, (query) => query.where('id', 'in', ids))).map((build) => [build.id, build]),
  );
  const plans = await plansOf(tx, ids);
  return ids.flatMap((id) => {
    const build = builds.get(id);
    return build === undefined ? [] : [{ build, branch: plans(id).source.branch }];
  });
}
