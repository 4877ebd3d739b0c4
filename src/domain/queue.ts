import type { Build } from './build.ts';
import type { BuildEvent } from './build-event.ts';
import type { WhenBusy } from './queue-policy.ts';

/** A build with the branch that it was planned for, if one was given. */
export interface Contender {
  readonly build: Build;
  readonly branch: string | undefined;
}

/** How a new build enters the queue for its tags. */
export interface Admission {
  /** Id of the last build ahead; undefined if there is none and it starts at once. */
  readonly behind: string | undefined;
  /** Builds that it replaces, each with the resulting event. */
  readonly displaced: readonly Displaced[];
}

/** A build that a newer one replaces, and the event that records it. */
export interface Displaced {
  readonly build: Build;
  readonly event: BuildEvent;
}

/** Decides about a new build whose tags `rivals` hold or wait for; `rivals` are in queue order. Pure. */
export function admit(newcomer: Contender, rivals: readonly Contender[], whenBusy: WhenBusy): Admission {
  const displaced = rivals.filter((rival) => takesPlaceOf(newcomer, rival, whenBusy)).map(({ build }) => build);
  const ahead = rivals.filter(({ build }) => build.state !== 'waiting' || !displaced.includes(build));
  const supersededBy = newcomer.build.id;
  return {
    behind: ahead.at(-1)?.build.id,
    displaced: displaced.map((build) => ({
      build,
      // A waiting build has no jobs to stop.
      event: { type: build.state === 'waiting' ? 'build.superseded' : 'build.cancel-requested', supersededBy },
    })),
  };
}

function takesPlaceOf(newcomer: Contender, { build, branch }: Contender, whenBusy: WhenBusy): boolean {
  const { recipe, repository } = newcomer.build;
  if (build.recipe !== recipe || build.repository !== repository || branch !== newcomer.branch) return false;
  if (build.cancelRequestedAt !== undefined) return false;
  if (build.state === 'building') return whenBusy === 'supersede';
  if (build.state !== 'waiting' || whenBusy === 'queue-all') return false;
  return whenBusy === 'supersede' || build.queue?.whenBusy !== 'queue-all';
}

/** A tag that a build is going to publish or a waiting build wants. */
export interface TagClaim {
  readonly buildId: string;
  readonly destination: string;
  readonly tag: string;
  readonly waiting: boolean;
}

/**
 * The last build ahead of each waiting build: one that holds one of its tags, or an earlier one that waits for such a
 * tag. Null when its turn has come. Pure.
 *
 * @param claims in queue order
 */
export function placesInQueue(claims: readonly TagClaim[]): ReadonlyMap<string, string | null> {
  const nameOf = ({ destination, tag }: TagClaim): string => `${destination}:${tag}`;
  const last = new Map<string, string>();
  for (const claim of claims) if (!claim.waiting) last.set(nameOf(claim), claim.buildId);

  const turns = new Map([...last.values()].map((id) => [id, -1]));
  const places = new Map<string, string | null>();
  for (const claim of claims) {
    if (!claim.waiting) continue;
    const { buildId } = claim;
    if (!places.has(buildId)) {
      places.set(buildId, null);
      turns.set(buildId, turns.size);
    }
    const ahead = last.get(nameOf(claim));
    last.set(nameOf(claim), buildId);
    const known = places.get(buildId) ?? undefined;
    if (ahead === undefined || ahead === buildId) continue;
    if (known === undefined || (turns.get(ahead) ?? -1) > (turns.get(known) ?? -1)) places.set(buildId, ahead);
  }
  return places;
}

/**
 * How many builds have to end before a waiting build starts: the last one ahead of it, the last one ahead of that, and
 * so on. 0 for a build that does not wait. Pure.
 *
 * @param claims in queue order
 */
export function buildsAhead(id: string, claims: readonly TagClaim[]): number {
  const places = placesInQueue(claims);
  const ahead = new Set<string>();
  for (let next = places.get(id); next != null && !ahead.has(next); next = places.get(next)) ahead.add(next);
  return ahead.size;
}
