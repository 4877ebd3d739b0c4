import { hostAudience, usernameFor } from '../../domain/git-audience.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { gitHubRepository } from './github-repository.ts';
import type { InstallationTokens } from './installation-tokens.ts';

/**
 * The same secrets, except that each repository at `host` gets an App's token for reading that repository alone. The
 * token is bound to that host.
 */
export function withInstallationTokens(source: SecretSource, host: string, tokens: InstallationTokens): SecretSource {
  return {
    gitCredential: async (url) => {
      const repository = gitHubRepository(url, host);
      if (repository === undefined) return source.gitCredential(url);
      const token = await tokens.token(repository, { contents: 'read' });
      return { audience: hostAudience(url), username: usernameFor('github.com'), token };
    },
    checkGitCredentials: async () => {
      await tokens.check();
      await source.checkGitCredentials();
    },
    registryCredentials: (registry) => source.registryCredentials(registry),
    buildSecret: (id) => source.buildSecret(id),
  };
}
