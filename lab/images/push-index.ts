import { architectureOf, type LabPlatform, labPlatforms } from '../platforms.ts';
import { digestOf } from './push-image.ts';
import { getManifest, hasImage, type ImageIndex, mediaTypes, putManifest } from './registry-api.ts';

/** `tag` for a single platform; the index under the plain tag refers to these images. */
export function platformTag(tag: string, platform: LabPlatform): string {
  return `${tag}-${architectureOf(platform)}`;
}

/** Pushes an index of the images of both platforms under the plain tag. */
export async function pushIndex(host: string, repository: string, tag: string): Promise<void> {
  const manifests = await Promise.all(labPlatforms.map((platform) => describe(host, repository, tag, platform)));
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
  await putManifest(host, repository, tag, mediaTypes.index, JSON.stringify(index));
}

export async function hasIndex(host: string, repository: string, tag: string): Promise<boolean> {
  const bytes = await getManifest(host, repository, tag);
  if (bytes === undefined) return false;
  const { manifests } = JSON.parse(bytes.toString()) as ImageIndex;
  const present = await Promise.all(manifests.map((child) => hasImage(host, repository, child.digest)));
  return present.length === labPlatforms.length && present.every(Boolean);
}

async function describe(host: string, repository: string, tag: string, platform: LabPlatform): Promise<object> {
  const bytes = await getManifest(host, repository, platformTag(tag, platform));
  if (bytes === undefined) throw new Error(`${repository}:${platformTag(tag, platform)} is not in the registry`);
  return {
    mediaType: mediaTypes.manifest,
    digest: digestOf(bytes),
    size: bytes.length,
    platform: {
      architecture: architectureOf(platform),
      os: 'linux',
      ...(platform === 'linux/arm64' ? { variant: 'v8' } : {}),
    },
  };
}
