import type { Attempt } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import type { Failure } from '../../domain/failure.ts';
import type { Platform } from '../../domain/platform.ts';
import type { JobHandle, JobObservation } from '../../ports/job-backend.ts';
import type { PollIntervals } from './poll-interval.ts';

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

/** What to do next. Every action is idempotent. */
export type Action =
  | { readonly do: 'record'; readonly event: BuildEvent }
  /** Record the intent, then submit; `again` when an earlier submit of the same name had no effect. */
  | {
      readonly do: 'submit';
      readonly platform: Platform;
      readonly attempt: number;
      readonly name: string;
      readonly again: boolean;
    }
  | { readonly do: 'terminate'; readonly backendId: string; readonly reason: string }
  | {
      readonly do: 'terminate-duplicate';
      readonly platform: Platform;
      readonly attempt: number;
      readonly backendId: string;
    }
  /** Collect the rest of the log and record how the attempt ended. */
  | {
      readonly do: 'end';
      readonly platform: Platform;
      readonly attempt: Attempt;
      readonly job: JobObservation | 'gone';
    }
  | { readonly do: 'release'; readonly platform: Platform; readonly attempt: number; readonly backendId: string }
  /** Read the images of a built job back from the registry. */
  | { readonly do: 'read-back'; readonly platform: Platform; readonly attempt: Attempt }
  | { readonly do: 'publish' }
  /** Put tags back after a permanent refusal, then end the build. */
  | { readonly do: 'revert'; readonly failure: Failure };

/** Which action of a build an effect is: the same key when it is repeated. Undefined for what is only recorded. */
export function effectKey(action: Action): string | undefined {
  switch (action.do) {
    case 'record':
      return undefined;
    case 'submit':
      return `submit ${action.name}`;
    case 'terminate':
    case 'terminate-duplicate':
    case 'release':
      return `${action.do} ${action.backendId}`;
    case 'end':
    case 'read-back':
      return `${action.do} ${action.attempt.name}`;
    case 'publish':
    case 'revert':
      return action.do;
  }
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
