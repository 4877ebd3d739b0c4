import type { RegistryCredentials } from '../../ports/secret-source.ts';

/**
 * Returns the credentials for a registry (`host[:port]`); undefined for anonymous access.
 * @param refused credentials that the registry refused, and that must not come from a cache again
 */
export type CredentialsOf = (host: string, refused?: RegistryCredentials) => Promise<RegistryCredentials | undefined>;
