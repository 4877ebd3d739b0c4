import type { UnusableNews } from '../ports/job-backend.ts';

/** What the driver tells whoever measures it. */
export interface DriverMeasures {
  /** Whether this process holds the lease, and so drives the builds of its store. */
  leaseHeld(isHeld: boolean): void;
  passed(pass: Pass): void;
  /** Whether the backend tells of changes by itself. */
  hearing(hears: boolean): void;
  /** A change that the backend told of, or what came in its stead. */
  news(kind: 'changed' | UnusableNews): void;
  /** So many messages of the event queue could not be deleted. */
  undeleted(messages: number): void;
}

/** One look at all open builds. Times are seconds. */
export interface Pass {
  readonly seconds: number;
  /** How many builds are open. */
  readonly open: number;
  /** Of how many of them the backend was asked. */
  readonly looked: number;
  /** For how long the build that was seen last has not been seen. */
  readonly lagSeconds: number;
}

export const noMeasures: DriverMeasures = {
  leaseHeld: () => undefined,
  passed: () => undefined,
  hearing: () => undefined,
  news: () => undefined,
  undeleted: () => undefined,
};
