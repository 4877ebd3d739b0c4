import { type DriverParts, type DriverPolicy, defaultPolicy } from '../pipeline/driver-parts.ts';
import type { Rhythm } from '../pipeline/look-interval.ts';
import type { Reporter } from '../pipeline/reporter.ts';
import type { BuildStore } from '../ports/build-store.ts';
import { systemClock } from '../ports/clock.ts';
import type { BackendRequest } from '../ports/job-backend.ts';
import type { Settings } from '../settings/settings.ts';
import { openBackend } from './open-backend.ts';
import { registryOpener } from './open-registry.ts';
import { registryCredentials } from './registry-credentials.ts';

export interface Driver extends DriverParts {
  /** Lets go of connections, so that the process can end. */
  close(): void;
}

/**
 * Everything that driving builds takes.
 * @param onRequest told of each request that the job backend sends to AWS
 * @throws SettingInvalid
 */
export async function openDriver(
  settings: Settings,
  store: BuildStore,
  reporter: Reporter,
  onRequest?: (request: BackendRequest) => void,
): Promise<Driver> {
  const credentials = registryCredentials(settings);
  const backend = await openBackend(settings, systemClock, credentials, onRequest);
  return {
    store,
    backend,
    registryFor: registryOpener(settings, credentials),
    clock: systemClock,
    reporter,
    policy: {
      ...defaultPolicy,
      maxAttempts: settings.maxAttempts,
      retryDelayMilliseconds: settings.retryDelaySeconds * 1000,
      registryPatienceMilliseconds: settings.registryPatienceSeconds * 1000,
      leaseMilliseconds: settings.leaseSeconds * 1000,
      ...rhythm(settings),
      jobOptions: jobOptions(settings),
    },
    close: () => backend.close(),
  };
}

/** Looking at all containers of an engine is one cheap call; looking at thousands of Batch jobs is not. */
function rhythm({ backend, intervalSeconds, quietIntervalSeconds, heardIntervalSeconds }: Settings): Rhythm {
  const base = { intervalMilliseconds: intervalSeconds * 1000 };
  if (backend === 'docker') return base;
  return {
    ...base,
    quietIntervalMilliseconds: quietIntervalSeconds * 1000,
    heardIntervalMilliseconds: heardIntervalSeconds * 1000,
  };
}

function jobOptions({ emulation, backend, aws }: Settings): DriverPolicy['jobOptions'] {
  if (backend === 'docker') return { emulation };
  const gitSecret = aws.gitSecret === undefined ? undefined : { id: aws.gitSecret, key: aws.gitSecretKey };
  return { emulation, gitSecret, buildSecretIds: aws.buildSecretIds };
}
