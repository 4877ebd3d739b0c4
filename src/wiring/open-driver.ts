import { readSecretRules } from '../adapters/secrets/read-secret-rules.ts';
import type { SecretRules } from '../domain/build-secrets.ts';
import type { PollIntervals } from '../pipeline/drive/decision.ts';
import { type DriverParts, defaultPolicy } from '../pipeline/drive/driver-parts.ts';
import type { BuildStore } from '../ports/build-store.ts';
import { systemClock } from '../ports/clock.ts';
import type { BackendRequest } from '../ports/job-backend.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { Settings } from '../settings/settings.ts';
import { jobOptions } from './job-options.ts';
import { openBackend } from './open-backend.ts';
import { registryOpener } from './open-registry.ts';
import { registryCredentials } from './registry-credentials.ts';

/** Everything that drives builds, connected as the settings say. */
export interface Driver extends DriverParts {
  /** For retries: which builds may use which build secret. */
  readonly secretRules: SecretRules;
  /** Closes connections, so that the process can end. */
  close(): void;
}

/**
 * Opens everything that driving builds requires.
 * @param onRequest called for each request that the job backend sends to AWS
 * @throws SettingInvalid
 */
export async function openDriver(
  settings: Settings,
  store: BuildStore,
  reporter: Reporter,
  onRequest?: (request: BackendRequest) => void,
): Promise<Driver> {
  const credentials = registryCredentials(settings);
  const secretRules = await readSecretRules(settings.secretRulesFile);
  const backend = await openBackend(settings, systemClock, credentials, onRequest);
  return {
    store,
    backend,
    registryFor: registryOpener(settings, credentials),
    clock: systemClock,
    secretRules,
    reporter,
    policy: {
      ...defaultPolicy,
      maxAttempts: settings.maxAttempts,
      retryDelayMilliseconds: settings.retryDelaySeconds * 1000,
      registryPatienceMilliseconds: settings.registryPatienceSeconds * 1000,
      leaseMilliseconds: settings.leaseSeconds * 1000,
      ...pollIntervals(settings),
      jobOptions: { ...jobOptions(settings), baseRegistries: settings.baseRegistries, secretRules },
    },
    close: () => backend.close(),
  };
}

/** Polling all containers of an engine is one cheap call; polling thousands of Batch jobs is not. */
function pollIntervals({
  backend,
  intervalSeconds,
  quietIntervalSeconds,
  intervalWithEventsSeconds,
}: Settings): PollIntervals {
  const base = { intervalMilliseconds: intervalSeconds * 1000 };
  if (backend === 'docker') return base;
  return {
    ...base,
    quietIntervalMilliseconds: quietIntervalSeconds * 1000,
    intervalWithEventsMilliseconds: intervalWithEventsSeconds * 1000,
  };
}
