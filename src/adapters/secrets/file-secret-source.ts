import path from 'node:path';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { GitCredential } from '../../domain/git-audience.ts';
import type { RegistryCredentials, SecretSource } from '../../ports/secret-source.ts';
import { type GitCredentialOptions, gitCredentialFor, readAllGitCredentials } from './git-credentials.ts';
import { readSecretFile } from './secret-file.ts';

/** Where the secrets of this machine are. */
export interface FileSecretSourceOptions {
  readonly git: GitCredentialOptions;
  /** Folder with one file for each build secret. */
  readonly secretsFolder?: string | undefined;
  readonly registryCredentials: (host: string) => Promise<RegistryCredentials | undefined>;
}

/** Secrets in files on this machine, read for each use. */
export class FileSecretSource implements SecretSource {
  readonly #options: FileSecretSourceOptions;

  constructor(options: FileSecretSourceOptions) {
    this.#options = options;
  }

  /** @throws SettingInvalid when a file cannot be read, or the token is not bound to a host */
  gitCredential(repository: string): Promise<GitCredential | undefined> {
    return gitCredentialFor(repository, this.#options.git);
  }

  async checkGitCredentials(): Promise<void> {
    await readAllGitCredentials(this.#options.git);
  }

  registryCredentials(host: string): Promise<RegistryCredentials | undefined> {
    return this.#options.registryCredentials(host);
  }

  buildSecret(id: string): Promise<Buffer> {
    const { secretsFolder } = this.#options;
    if (secretsFolder === undefined) {
      throw new TwinhullError(
        'SettingInvalid',
        `the recipe needs the build secret "${id}", but TWINHULL_SECRETS_DIR is not set`,
        {
          hint: `set TWINHULL_SECRETS_DIR to a folder that has a file named ${id}`,
        },
      );
    }
    return readSecretFile(`build secret "${id}"`, path.join(secretsFolder, path.basename(id)));
  }
}
