import type { UnusableMessage } from '../../ports/job-backend.ts';

/** Measurements of the driver. */
export interface DriverMeasures {
  /** Whether this process holds the lease, and so drives the builds of its store. */
  leaseHeld(isHeld: boolean): void;
  passed(pass: Pass): void;
  /** Whether the backend is reporting changes. */
  eventsAvailable(isAvailable: boolean): void;
  /** A change that the backend reported, or a message that is not a change. */
  queueMessage(kind: 'changed' | UnusableMessage): void;
  /** How many messages of the event queue could not be deleted. */
  undeleted(messages: number): void;
}

/** One pass over all open builds. Times are seconds. */
export interface Pass {
  readonly seconds: number;
  /** How many builds are open. */
  readonly open: number;
  /** How many of them were polled. */
  readonly polled: number;
  /** Age of the oldest poll. */
  readonly lagSeconds: number;
}

/** For processes without a metrics endpoint, such as the command line. */
export const noMeasures: DriverMeasures = {
  leaseHeld: () => undefined,
  passed: () => undefined,
  eventsAvailable: () => undefined,
  queueMessage: () => undefined,
  undeleted: () => undefined,
};
