import type { Attempt } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import type { Failure } from '../../domain/failure.ts';
import type { Platform } from '../../domain/platform.ts';
import type { JobObservation } from '../../ports/job-backend.ts';

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
