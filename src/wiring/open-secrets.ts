import { FileSecretSource } from '../adapters/secrets/file-secret-source.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { Settings } from '../settings/settings.ts';
import { registryCredentials } from './registry-credentials.ts';

/** Secrets from files, and git tokens from the GitHub App if one is set. */
export async function openSecrets(
  settings: Settings,
  credentials = registryCredentials(settings),
): Promise<SecretSource> {
  const { git, secretsFolder, github } = settings;
  const files = new FileSecretSource({ git, secretsFolder, registryCredentials: (host) => credentials(host) });
  if (github.app === undefined) return files;
  // Loaded on demand: a process without an App does not need the GitHub client.
  const [{ withInstallationTokens }, { openGitHub }] = await Promise.all([
    import('../adapters/github/with-installation-tokens.ts'),
    import('./open-github.ts'),
  ]);
  const { installationTokens } = openGitHub(settings);
  return installationTokens ? withInstallationTokens(files, github.host, installationTokens) : files;
}
