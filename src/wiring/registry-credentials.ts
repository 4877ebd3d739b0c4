import { loginAt } from '../adapters/aws/ecr/ecr-api.ts';
import { lacksCredentials } from '../adapters/aws/ecr/ecr-errors.ts';
import { EcrLoginCache } from '../adapters/aws/ecr/ecr-login-cache.ts';
import type { CredentialsOf } from '../adapters/registry/credentials-of.ts';
import { readDockerCredentials } from '../adapters/registry/docker-config-credentials.ts';
import { readRegistryCredentials } from '../adapters/secrets/registry-credentials-file.ts';
import { type EcrHost, parseEcrHost } from '../domain/ecr-host.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { systemClock } from '../ports/clock.ts';
import type { RegistryCredentials } from '../ports/secret-source.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Credentials for a registry: from the credentials file of the settings, otherwise from `docker login`. For ECR a login
 * from its API: always when jobs run in AWS, since they get theirs the same way; elsewhere when docker has none and AWS
 * credentials are available.
 */
export function registryCredentials({
  backend,
  registryCredentialsFile,
}: Pick<Settings, 'backend'> & Partial<Pick<Settings, 'registryCredentialsFile'>>): CredentialsOf {
  const ecrLogin = ecrLogins();
  return async (host, refused) => {
    const named = registryCredentialsFile && (await readRegistryCredentials(registryCredentialsFile, host));
    if (named) return named;
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

/** Undefined without AWS credentials: the registry is then accessed anonymously. */
async function ifAtHand(login: () => Promise<RegistryCredentials>): Promise<RegistryCredentials | undefined> {
  try {
    return await login();
  } catch (error) {
    if (TwinhullError.is(error) && lacksCredentials(error.cause)) return undefined;
    throw error;
  }
}
