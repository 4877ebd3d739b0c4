import { EcrApi, type EcrLogin } from '../adapters/ecr/ecr-api.ts';
import { lacksCredentials } from '../adapters/ecr/ecr-failure.ts';
import { EcrLoginCache } from '../adapters/ecr/ecr-login-cache.ts';
import type { CredentialsOf } from '../adapters/registry/credentials-of.ts';
import { readDockerCredentials } from '../adapters/registry/docker-config-credentials.ts';
import { type EcrHost, parseEcrHost } from '../domain/ecr-host.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';
import { systemClock } from '../ports/clock.ts';
import type { RegistryCredentials } from '../ports/secret-source.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Who we are at a registry: what `docker login` left. At ECR a login that its API gives: always where jobs run in AWS,
 * which get theirs so too; elsewhere where docker has none and AWS credentials are at hand.
 */
export function registryCredentials({ backend }: Pick<Settings, 'backend'>): CredentialsOf {
  const ecrLogin = ecrLogins();
  return async (host, refused) => {
    const ecr = parseEcrHost(host);
    if (ecr !== undefined && backend === 'aws') return ecrLogin(ecr, refused);
    const kept = await readDockerCredentials(host);
    return kept === undefined && ecr !== undefined ? ifAtHand(() => ecrLogin(ecr, refused)) : kept;
  };
}

function ecrLogins(): (host: EcrHost, refused?: RegistryCredentials) => Promise<RegistryCredentials> {
  const caches = new Map<string, EcrLoginCache>();
  return (host, refused) => {
    const key = `${host.region} ${String(host.fips)}`;
    const cache = caches.get(key) ?? new EcrLoginCache({ login: () => loginAt(host) }, systemClock);
    caches.set(key, cache);
    return cache.get(refused);
  };
}

/** Asked twice a day: no connection is kept for that. */
async function loginAt(host: EcrHost): Promise<EcrLogin> {
  const api = new EcrApi(host);
  try {
    return await api.login();
  } finally {
    api.close();
  }
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
