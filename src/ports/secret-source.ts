/**
 * Where secrets come from on the machine that submits jobs: the git token, the registry's credentials,
 * and the secrets that a recipe hands to `docker build --secret`. A secret is read as late as possible
 * and held as briefly as possible; nothing may log, store or interpolate it.
 */
export interface SecretSource {
  /**
   * The token for cloning `repository` (its https URL), or undefined when it needs none. Without a repository: proves
   * what can be proved of it, and gives what does not depend on one.
   */
  gitToken(repository?: string): Promise<string | undefined>;
  /** Credentials for pushing to the registry at `host` (`host[:port]`), or undefined for anonymous access. */
  registryCredentials(host: string): Promise<RegistryCredentials | undefined>;
  /** The value of the build secret that a recipe calls `id`. @throws SettingInvalid when none is configured */
  buildSecret(id: string): Promise<Buffer>;
}

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  /** When to ask for others, in milliseconds since the Unix epoch. @default they do not expire */
  readonly expiresAt?: number | undefined;
}
