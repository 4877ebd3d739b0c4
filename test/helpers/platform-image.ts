import type Docker from 'dockerode';
import { openRegistry } from '../../src/adapters/registry/oci-registry.ts';
import { type Platform, platformArchitecture } from '../../src/domain/platform.ts';

interface Index {
  readonly manifests: readonly { readonly digest: string; readonly platform: { readonly architecture: string } }[];
}

/**
 * Pulls the image of one platform by its digest. The engine's own image of the same name may be that of another
 * platform, because tests build for both at once.
 *
 * @param reference `repository:tag` of an index
 * @returns `repository@digest`
 */
export async function pullForPlatform(docker: Docker, reference: string, platform: Platform): Promise<string> {
  const [repository, tag] = [
    reference.slice(0, reference.lastIndexOf(':')),
    reference.slice(reference.lastIndexOf(':') + 1),
  ];
  const registry = openRegistry(repository);
  const found = await registry.getManifest(tag).finally(() => registry.close());
  const { manifests } = JSON.parse(found?.bytes.toString() ?? '{"manifests":[]}') as Index;
  const digest = manifests.find((child) => child.platform.architecture === platformArchitecture(platform))?.digest;
  if (digest === undefined) throw new Error(`${reference} has no image for ${platform}`);
  const name = `${repository}@${digest}`;
  const pulled = await docker.pull(name);
  await new Promise((resolve) => docker.modem.followProgress(pulled, resolve));
  return name;
}
