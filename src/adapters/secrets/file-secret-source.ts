import path from 'node:path';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { RegistryCredentials, SecretSource } from '../../ports/secret-source.ts';
import { readSecretFile, readToken } from './secret-file.ts';

export interface FileSecretSourceOptions {
  readonly gitTokenFile?: string | undefined;
  /** Folder with one file for each build secret. */
  readonly secretsFolder?: string | undefined;
  readonly registryCredentials: (host: string) => Promise<RegistryCredentials | undefined>;
}

/** Secrets that lie in files on this machine, read anew each time. */
export class FileSecretSource implements SecretSource {
  readonly #options: FileSecretSourceOptions;

  constructor(options: FileSecretSourceOptions) {
    this.#options = options;
  }

  /** @throws SettingInvalid when the file cannot be read or holds no token */
  async gitToken(): Promise<string | undefined> {
    const { gitTokenFile } = this.#options;
    if (gitTokenFile === undefined) return undefined;
    return readToken('TWINHULL_GIT_TOKEN_FILE', gitTokenFile);
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
