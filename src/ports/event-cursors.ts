import type { Lease } from './build-store.ts';

/** The position of a consumer of the events, from which another process continues. Errors: `StoreUnavailable`. */
export interface EventCursors {
  /** The sequence of the last processed event. A new name begins after all events recorded so far. */
  begin(name: string): Promise<number>;
  /**
   * Marks every event up to `sequence` as processed.
   * @throws LeaseLost when the lease was taken over: then nothing is changed
   */
  move(name: string, sequence: number, lease: Lease): Promise<void>;
}
