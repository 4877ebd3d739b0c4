import type { Build } from '../domain/build.ts';

/** Tells somebody outside how builds go, such as a forge that shows it beside the commit. */
export interface Notifier {
  /** By which the place in the events is kept: never changed, for what was told would be told anew. */
  readonly name: string;
  /** Least time between two calls of `tell`, in milliseconds. */
  readonly pace: number;
  /** Whether it has anything to tell of this build. */
  concerns(build: Build): boolean;
  /** Tells how a build stands now. Telling the same twice does no harm. Ends soon when `signal` aborts. */
  tell(build: Build, signal: AbortSignal): Promise<NotifyOutcome>;
}

/**
 * - `told`
 * - `refused`: it will be refused however often it is told
 * - `later`: it was not told, or nobody knows; perhaps with the time after which to come again, in milliseconds
 */
export type NotifyOutcome =
  | { readonly outcome: 'told' }
  | { readonly outcome: 'refused'; readonly error: unknown }
  | { readonly outcome: 'later'; readonly error: unknown; readonly after?: number | undefined };
