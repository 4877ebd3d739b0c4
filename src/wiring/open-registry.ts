import { readDockerCredentials } from '../adapters/registry/docker-config-credentials.ts';
import { openRegistry } from '../adapters/registry/oci-registry.ts';
import type { Registry } from '../ports/registry.ts';
import type { RegistryCredentials } from '../ports/secret-source.ts';
import type { Settings } from '../settings/settings.ts';

/** Opens each repository's registry once, with the credentials that `docker login` left. */
export function registryOpener(settings: Settings): (repository: string) => Registry {
  const opened = new Map<string, Registry>();
  return (repository) => {
    const known = opened.get(repository);
    if (known !== undefined) return known;
    const registry = openRegistry(repository, {
      credentials: registryCredentials,
      caFile: settings.registryCaFile,
      insecureHosts: settings.insecureRegistries,
    });
    opened.set(repository, registry);
    return registry;
  };
}

export function registryCredentials(host: string): Promise<RegistryCredentials | undefined> {
  return readDockerCredentials(host);
}
