import type { Attempt } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import type { JobHandle, JobObservation } from '../../ports/job-backend.ts';
import { type Action, effectKey } from './action.ts';

/** What was observed of an attempt in this pass. An absent field means that nothing is known, never a bad state. */
export interface AttemptObservation {
  /** The backend's description of its job; `gone` when the backend answered and does not know it. */
  readonly job?: JobObservation | 'gone';
  /** Every job of its name, earliest first. Looked up only while the outcome of a submit is uncertain. */
  readonly named?: readonly JobHandle[];
}

/** The bounds of retries and polling that `decide` applies. */
export interface DecidePolicy extends PollIntervals {
  /** How many attempts a job gets when the build itself is not at fault. */
  readonly maxAttempts: number;
  /** How long to wait before such a further attempt, in milliseconds. */
  readonly retryDelayMilliseconds: number;
  /** How long a job may be missing from the backend's answers, in milliseconds. */
  readonly settleMilliseconds: number;
}

/** All times are milliseconds since the Unix epoch. */
export interface DecideContext {
  /** By attempt name. */
  readonly observations: ReadonlyMap<string, AttemptObservation>;
  readonly now: number;
  readonly policy: DecidePolicy;
  /** How many jobs this build may submit now. */
  readonly freeSlots: number;
  /** For a waiting build: id of the last build ahead, null when its turn has come; absent while that is unknown. */
  readonly behind?: string | null | undefined;
  /** Whether the backend is reporting changes. */
  readonly eventsAvailable: boolean;
  /** When the backend last reported a change of this build. */
  readonly notifiedAt?: number | undefined;
  /** Until when an effect that failed is not repeated, by `effectKey`. */
  readonly heldUntil: ReadonlyMap<string, number>;
}

/** What to do for a build now, and when to decide again. */
export interface Decision {
  readonly actions: readonly Action[];
  /**
   * Milliseconds after `now` until the build must be decided about again although no change of it was reported; 0 for
   * the next pass, `Infinity` if only a change matters.
   */
  readonly requeueAfter: number;
}

/** Waits for a reported change. */
export const nothing: Decision = { actions: [], requeueAfter: Number.POSITIVE_INFINITY };

/** Performs the actions; when to decide again follows from what they change. */
export function act(...actions: readonly Action[]): Decision {
  return { ...nothing, actions };
}

/** Records an event, and decides again about the changed build. */
export function record(event: BuildEvent): Decision {
  return act({ do: 'record', event });
}

/** Decides again after this long, even if no change is reported. */
export function waitFor(milliseconds: number): Decision {
  return { ...nothing, requeueAfter: milliseconds };
}

/** All actions of the decisions, and the earliest time of any to decide again. */
export function combine(decisions: readonly Decision[]): Decision {
  return {
    actions: decisions.flatMap(({ actions }) => actions),
    requeueAfter: Math.min(Number.POSITIVE_INFINITY, ...decisions.map(({ requeueAfter }) => requeueAfter)),
  };
}

/** Leaves out effects that are held back, and has the others repeated if they change nothing. */
export function applyHolds({ actions, requeueAfter }: Decision, context: DecideContext): Decision {
  const { heldUntil, now, policy } = context;
  const heldFor = (action: Action): number => (heldUntil.get(effectKey(action) ?? '') ?? 0) - now;
  const waits = actions.map((action) => Math.max(policy.intervalMilliseconds, heldFor(action)));
  return {
    actions: actions.filter((action) => heldFor(action) <= 0),
    requeueAfter: Math.max(0, Math.min(requeueAfter, ...waits)),
  };
}

/** How often the driver polls, in milliseconds. */
export interface PollIntervals {
  /** Between two polls of the store, and of the jobs of a build that changed recently. */
  readonly intervalMilliseconds: number;
  /** The longest time between two polls of the jobs of an unchanging build. @default intervalMilliseconds */
  readonly quietIntervalMilliseconds?: number | undefined;
  /** The same while the backend reports changes. @default quietIntervalMilliseconds */
  readonly intervalWithEventsMilliseconds?: number | undefined;
}

/** The delay in noticing a change is at most this share of the quiet time before it. */
const lateness = 1 / 4;

/**
 * Time from one poll of a build's jobs to the next: short after a change, then growing with the quiet time, up to a
 * bound. Pure.
 *
 * @param quiet time since the last change, in milliseconds
 * @param eventsAvailable whether the backend is reporting changes: polls then only catch those that it misses
 */
export function pollInterval(quiet: number, eventsAvailable: boolean, pollIntervals: PollIntervals): number {
  const { intervalMilliseconds: base, quietIntervalMilliseconds: withoutEvents = base } = pollIntervals;
  const { intervalWithEventsMilliseconds: withEvents = withoutEvents } = pollIntervals;
  return Math.max(base, Math.min(eventsAvailable ? withEvents : withoutEvents, quiet * lateness));
}

/**
 * Whether an unknown job of the attempt's name may exist: a submitted job can be missing from lookups until the backend
 * settles. While a known one runs, lookups end after twice that time; one more follows at its end.
 *
 * @param sawEnd whether the poll shows the end of the known job, which is recorded only after it
 */
export function mayTurnUp(attempt: Attempt, now: number, settleMilliseconds: number, sawEnd = false): boolean {
  if (attempt.released) return false;
  if (attempt.state === 'intended' || !attempt.uncertain) return attempt.state === 'intended';
  return sawEnd || attempt.state === 'ended' || now - attempt.sentAt < 2 * settleMilliseconds;
}
