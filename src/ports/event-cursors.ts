import type { Lease } from './build-store.ts';

/** How far whoever reads the events one after the other has come, so that another process goes on from there. Errors: `StoreUnavailable`. */
export interface EventCursors {
  /** The sequence of the last event that is done with. A name that is new begins after all that is recorded by now. */
  begin(name: string): Promise<number>;
  /**
   * Every event up to `sequence` is done with.
   * @throws LeaseLost when the lease was taken over: then nothing is changed
   */
  move(name: string, sequence: number, lease: Lease): Promise<void>;
}
