import { EcrApi } from '../adapters/ecr/ecr-api.ts';
import { lacksCredentials } from '../adapters/ecr/ecr-failure.ts';
import { EcrLoginCache } from '../adapters/ecr/ecr-login-cache.ts';
import { readDockerCredentials } from '../adapters/registry/docker-config-credentials.ts';
import { type EcrHost, parseEcrHost } from '../domain/ecr-host.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';
import { systemClock } from '../ports/clock.ts';
import type { RegistryCredentials } from '../ports/secret-source.ts';
import type { Settings } from '../settings/settings.ts';

export type CredentialsOf = (host: string) => Promise<RegistryCredentials | undefined>;

/**
 * Who we are at a registry: what `docker login` left. At ECR a login that its API gives: always where jobs run in AWS,
 * which get theirs so too; elsewhere where docker has none and AWS credentials are at hand.
 */
export function registryCredentials({ backend }: Pick<Settings, 'backend'>): CredentialsOf {
  const ecrLogin = ecrLogins();
  return async (host) => {
    const ecr = parseEcrHost(host);
    if (ecr !== undefined && backend === 'aws') return ecrLogin(ecr);
    const kept = await readDockerCredentials(host);
    return kept === undefined && ecr !== undefined ? ifAtHand(() => ecrLogin(ecr)) : kept;
  };
}

function ecrLogins(): (host: EcrHost) => Promise<RegistryCredentials> {
  const caches = new Map<string, EcrLoginCache>();
  return (host) => {
    const key = `${host.region} ${String(host.fips)}`;
    const cache = caches.get(key) ?? new EcrLoginCache(new EcrApi(host), systemClock);
    caches.set(key, cache);
    return cache.get();
  };
}

/** Undefined where there are no AWS credentials, so that the registry is asked without any. */
async function ifAtHand(login: () => Promise<RegistryCredentials>): Promise<RegistryCredentials | undefined> {
  try {
    return await login();
  } catch (error) {
    if (TwinhullError.is(error) && lacksCredentials(error.cause)) return undefined;
    throw error;
  }
}
