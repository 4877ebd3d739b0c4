/**
 * What happens to a build whose tags another build is about to publish:
 * - `queue-newest`: it waits, and replaces older waiting builds of its recipe and branch
 * - `queue-all`: it waits, and no later `queue-newest` replaces it
 * - `supersede`: as `queue-newest`, and a running build of its recipe and branch is cancelled unless it is publishing
 */
export const whenBusyPolicies = ['queue-newest', 'queue-all', 'supersede'] as const;

/** A policy of `whenBusyPolicies`, recorded with a build that waits. */
export type WhenBusy = (typeof whenBusyPolicies)[number];

/** The policies that a request may name; `refuse` fails with `TagInUse`. */
export const ifBusyPolicies = ['refuse', ...whenBusyPolicies] as const;

/** A policy of `ifBusyPolicies`, as a request names it. */
export type IfBusy = (typeof ifBusyPolicies)[number];

/** What a service does with a submit that names no policy. */
export const defaultWhenBusy: WhenBusy = 'queue-newest';

/** Where a waiting build is in the queue for its tags. */
export interface QueuePlace {
  /** Id of the last build ahead. */
  readonly behind: string;
  readonly whenBusy: WhenBusy;
}
