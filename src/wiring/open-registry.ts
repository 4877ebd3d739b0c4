import { openEcrRegistry } from '../adapters/aws/ecr/ecr-registry.ts';
import { openRegistry } from '../adapters/registry/oci-registry.ts';
import { parseEcrHost } from '../domain/ecr-host.ts';
import { parseImageRepository } from '../domain/image-reference.ts';
import type { Registry } from '../ports/registry.ts';
import type { Settings } from '../settings/settings.ts';
import { registryCredentials } from './registry-credentials.ts';

/** Opens the registry of each repository once. */
export function registryOpener(
  settings: Settings,
  credentials = registryCredentials(settings),
): (repository: string) => Registry {
  const opened = new Map<string, Registry>();
  const options = {
    credentials,
    caFile: settings.registryCaFile,
    insecureHosts: settings.insecureRegistries,
  };
  return (repository) => {
    const known = opened.get(repository);
    if (known !== undefined) return known;
    const isEcr = parseEcrHost(parseImageRepository(repository).host) !== undefined;
    const registry = isEcr ? openEcrRegistry(repository, options) : openRegistry(repository, options);
    opened.set(repository, registry);
    return registry;
  };
}
