import type { GitCredential } from '../domain/git-audience.ts';

/**
 * The source of secrets on the machine that submits jobs: the git token, the registry's credentials, and the secrets
 * that a recipe passes to `docker build --secret`. A secret is read as late as possible and kept as briefly as
 * possible; nothing may log, store or interpolate it.
 */
export interface SecretSource {
  /**
   * The credential for this repository (its URL), or undefined when none matches. Every use of a git token goes through
   * here.
   * @throws SettingInvalid when a token is set without its host
   */
  gitCredential(repository: string): Promise<GitCredential | undefined>;
  /** Checks the git credentials as far as possible without a repository. @throws SettingInvalid */
  checkGitCredentials(): Promise<void>;
  /** Credentials for pushing to the registry at `host` (`host[:port]`), or undefined for anonymous access. */
  registryCredentials(host: string): Promise<RegistryCredentials | undefined>;
  /** The value of the build secret that a recipe calls `id`. @throws SettingInvalid when none is configured */
  buildSecret(id: string): Promise<Buffer>;
}

/** A login at a registry. Never logged, and never in the arguments or environment of a process. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  /** When to ask for new ones, in milliseconds since the Unix epoch. @default they do not expire */
  readonly expiresAt?: number | undefined;
}
