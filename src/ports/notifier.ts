import type { Build } from '../domain/build.ts';

/** Notifies an outside system of the state of builds, such as a forge that shows it beside the commit. */
export interface Notifier {
  /** Key of the cursor in the events. Never change it: all builds would be notified again. */
  readonly name: string;
  /** Minimum time between two calls of `notify`, in milliseconds. */
  readonly minimumInterval: number;
  /** Whether it handles this build. */
  concerns(build: Build): boolean;
  /** Sends the current state of a build. Idempotent. Returns soon after `signal` aborts. */
  notify(build: Build, signal: AbortSignal): Promise<NotifyOutcome>;
}

/**
 * - `delivered`
 * - `refused`: it would be refused again
 * - `later`: not delivered, or the outcome is unknown; with the wait in milliseconds if the other side asks for one
 */
export type NotifyOutcome =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'refused'; readonly error: unknown }
  | { readonly outcome: 'later'; readonly error: unknown; readonly after?: number | undefined };
