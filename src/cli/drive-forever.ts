import { reasonOf } from '../errors/twinhull-error.ts';
import type { DriverParts } from '../pipeline/driver-parts.ts';
import { Reconciler } from '../pipeline/reconciler.ts';

/** How long to wait before going on after the store failed, in milliseconds. */
const pause = 2_000;

export interface Driving {
  readonly wake: () => void;
  /** Resolves once it has stopped, and the lease was given back. */
  readonly over: Promise<void>;
}

/** Drives builds until `signal` aborts, whatever befalls the store meanwhile. */
export function driveForever(parts: DriverParts, signal: AbortSignal): Driving {
  const reconciler = new Reconciler(parts);
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await reconciler.run({ signal });
      } catch (error) {
        parts.reporter.warning(`builds cannot be driven now: ${reasonOf(error)}`, error);
        await parts.clock.sleep(pause, signal);
      }
    }
  };
  return { wake: () => reconciler.wake(), over: run() };
}
