import type { JobEnvironmentOptions } from '../builder/job-environment.ts';
import type { BuildStore, Lease } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobBackend } from '../ports/job-backend.ts';
import type { Registry } from '../ports/registry.ts';
import type { DriverMeasures } from './driver-measures.ts';
import type { Rhythm } from './look-interval.ts';
import type { Reporter } from './reporter.ts';

/** What the driver of builds works with. */
export interface DriverParts {
  readonly store: BuildStore;
  readonly backend: JobBackend;
  /** Opens the registry that holds `repository` (`host[:port]/path`). */
  readonly registryFor: (repository: string) => Registry;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly policy: DriverPolicy;
  /** What the holder of the lease does besides, until `until` aborts: then the lease is lost or given back. */
  readonly alongside?: ((lease: Lease, until: AbortSignal) => Promise<void>) | undefined;
  /** @default nobody measures */
  readonly measures?: DriverMeasures | undefined;
}

export interface DriverPolicy extends Rhythm {
  /** How many attempts a job gets when the cause is not the build's own fault. @default 3 */
  readonly maxAttempts: number;
  /** @default 2000 */
  readonly retryDelayMilliseconds: number;
  /** How long a registry that does not answer is waited for before the build fails. @default 3600000, one hour */
  readonly registryPatienceMilliseconds: number;
  /** How long the lease lasts without being renewed. @default 10000 */
  readonly leaseMilliseconds: number;
  /** What jobs are told besides their plan. */
  readonly jobOptions: Omit<JobEnvironmentOptions, 'buildId'>;
}

export const defaultPolicy: DriverPolicy = {
  maxAttempts: 3,
  retryDelayMilliseconds: 2_000,
  registryPatienceMilliseconds: 3_600_000,
  leaseMilliseconds: 10_000,
  intervalMilliseconds: 1_000,
  jobOptions: { emulation: true },
};
