import type { JobEnvironmentOptions } from '../../builder/job-environment.ts';
import { driverDefaults } from '../../domain/driver-defaults.ts';
import type { BuildStore, Lease } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JobBackend, UnusableMessage } from '../../ports/job-backend.ts';
import type { Registry } from '../../ports/registry.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { PollIntervals } from './decision.ts';

/** What the driver of builds works with. */
export interface DriverParts {
  readonly store: BuildStore;
  readonly backend: JobBackend;
  /** Opens the registry that holds `repository` (`host[:port]/path`). */
  readonly registryFor: (repository: string) => Registry;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly policy: DriverPolicy;
  /** Runs while this process holds the lease. `until` aborts when the lease is lost or returned. */
  readonly whileLeader?: ((lease: Lease, until: AbortSignal) => Promise<void>) | undefined;
  /** @default none */
  readonly measures?: DriverMeasures | undefined;
}

/** Bounds of retries, polling and the lease. */
export interface DriverPolicy extends PollIntervals {
  /** How many attempts a job gets when the build itself is not at fault. @default 3 */
  readonly maxAttempts: number;
  /** @default 2000 */
  readonly retryDelayMilliseconds: number;
  /** How long to wait for an unresponsive registry before the build fails. @default 3600000, one hour */
  readonly registryPatienceMilliseconds: number;
  /** How long the lease lasts without being renewed. @default 10000 */
  readonly leaseMilliseconds: number;
  /** What jobs get in addition to their plan. */
  readonly jobOptions: Omit<JobEnvironmentOptions, 'buildId'>;
}

/** The policy of the service and the command line, unless a setting changes it. */
export const defaultPolicy: DriverPolicy = {
  maxAttempts: driverDefaults.maxAttempts,
  retryDelayMilliseconds: driverDefaults.retryDelaySeconds * 1000,
  registryPatienceMilliseconds: driverDefaults.registryPatienceSeconds * 1000,
  leaseMilliseconds: driverDefaults.leaseSeconds * 1000,
  intervalMilliseconds: driverDefaults.intervalSeconds * 1000,
  jobOptions: { emulation: true },
};

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
interface Pass {
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
