import { reasonOf } from '../../domain/errors/twinhull-error.ts';
import type { DriverParts } from './driver-parts.ts';
import { Reconciler } from './reconciler.ts';

/** Pause after a store failure, in milliseconds. */
const pause = 2_000;

/** A driver that runs until its signal aborts. */
export interface Driving {
  readonly wake: () => void;
  /** Resolves once it has stopped and returned the lease. */
  readonly over: Promise<void>;
}

/** Drives builds until `signal` aborts, also across store failures. */
export function driveForever(parts: DriverParts, signal: AbortSignal): Driving {
  const reconciler = new Reconciler(parts);
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await reconciler.run({ signal });
      } catch (error) {
        parts.reporter.warning(`builds cannot be driven: ${reasonOf(error)}`, error);
        await parts.clock.sleep(pause, signal);
      }
    }
  };
  return { wake: () => reconciler.wake(), over: run() };
}
