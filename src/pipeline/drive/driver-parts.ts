import type { JobEnvironmentOptions } from '../../builder/job-environment.ts';
import { driverDefaults } from '../../domain/driver-defaults.ts';
import type { BuildStore, Lease } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JobBackend } from '../../ports/job-backend.ts';
import type { Registry } from '../../ports/registry.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { DriverMeasures } from './driver-measures.ts';
import type { PollIntervals } from './poll-interval.ts';

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
