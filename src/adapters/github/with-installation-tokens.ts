import type { SecretSource } from '../../ports/secret-source.ts';
import { gitHubRepository } from './github-repository.ts';
import type { InstallationTokens } from './installation-tokens.ts';

/** The same secrets, but for repositories at GitHub a token that an App was given for this repository alone, to read it. */
export function withInstallationTokens(source: SecretSource, host: string, tokens: InstallationTokens): SecretSource {
  return {
    gitToken: async (url) => {
      if (url === undefined) {
        await tokens.check();
        return source.gitToken();
      }
      const repository = gitHubRepository(url, host);
      return repository === undefined ? source.gitToken(url) : tokens.token(repository, { contents: 'read' });
    },
    registryCredentials: (registry) => source.registryCredentials(registry),
    buildSecret: (id) => source.buildSecret(id),
  };
}
