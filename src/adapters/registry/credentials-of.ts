import type { RegistryCredentials } from '../../ports/secret-source.ts';

/**
 * Who we are at a registry (`host[:port]`); undefined for nobody in particular.
 * @param refused what was given before and did not do, so that it is not taken out of a cache again
 */
export type CredentialsOf = (host: string, refused?: RegistryCredentials) => Promise<RegistryCredentials | undefined>;
