import { TwinhullError } from './errors/twinhull-error.ts';
import {
  type Descriptor,
  type ImageConfig,
  type ImageManifest,
  type IndexedDescriptor,
  isManifestMediaType,
  type ManifestBytes,
  mediaTypes,
  type OciPlatform,
  parseIndex,
  parseManifest,
} from './image-document.ts';
import { digestOf } from './image-reference.ts';
import { type Platform, platformArchitecture, platformOs } from './platform.ts';

/** An image of an index, with its bytes as the registry serves them: their digest must not change. */
export interface IndexChild {
  readonly platform: Platform;
  readonly manifest: ManifestBytes;
}

/**
 * One index over several images, in the order given: equal children give equal bytes. If all are Docker schema 2 (what
 * an engine without the containerd store pushes) it is a Docker manifest list, because mixed kinds confuse old clients.
 * No child is re-encoded: only its digest, size and media type are used.
 */
export function assembleIndex(children: readonly IndexChild[]): ManifestBytes & { readonly digest: string } {
  requireDistinctImages(children);
  const allDocker = children.every(({ manifest }) => manifest.mediaType === mediaTypes.dockerManifest);
  const mediaType = allDocker ? mediaTypes.dockerIndex : mediaTypes.ociIndex;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: children.map(describeChild) }));
  return { mediaType, bytes, digest: digestOf(bytes) };
}

/**
 * The image for a platform; attestations and other entries of platform `unknown/unknown` are skipped.
 * @throws VerifyFailed when there are two: which of them runs would depend on the client
 */
export function selectPlatform(index: ManifestBytes, platform: Platform): Descriptor | undefined {
  const [found, other] = parseIndex(index).filter(
    (child) => isManifestMediaType(child.mediaType) && isOfPlatform(child.platform, platform),
  );
  if (other === undefined || other.digest === found?.digest) return found;
  throw new TwinhullError('VerifyFailed', `index ${digestOf(index.bytes)} has two images for ${platform}`, {
    platform,
    hint: 'push an index with one image for each platform',
  });
}

/** @throws VerifyFailed when the received manifest is not the one that the index describes */
export function requireDescribed({ mediaType, digest, size }: Descriptor, came: ManifestBytes): void {
  if (came.bytes.length === size && came.mediaType === mediaType && digestOf(came.bytes) === digest) return;
  throw new TwinhullError(
    'VerifyFailed',
    `the index describes ${digest} as ${mediaType} of ${size} bytes, but the registry has ${came.mediaType} of ${came.bytes.length} bytes`,
    { hint: 'push the index again' },
  );
}

/** The default variant of each architecture: the others need more than the platform guarantees. */
const usualVariants = { 'linux/arm64': 'v8', 'linux/amd64': 'v1' } as const;

/** Whether every machine of that platform can run it. */
export function isOfPlatform(found: OciPlatform | undefined, platform: Platform): boolean {
  if (found?.os !== platformOs(platform) || found.architecture !== platformArchitecture(platform)) return false;
  return ['', usualVariants[platform]].includes(found.variant ?? '');
}

/** @throws VerifyFailed when the configuration belongs to another image */
export function requireSameLayers({ layers }: ImageManifest, { diffIds }: ImageConfig, reference: string): void {
  if (layers.length === diffIds.length) return;
  const message = `${reference} has ${layers.length} layers, but its configuration names ${diffIds.length}`;
  throw new TwinhullError('VerifyFailed', message, { hint: 'build the image again' });
}

function describeChild({ platform, manifest }: IndexChild): IndexedDescriptor {
  return {
    mediaType: manifest.mediaType,
    digest: digestOf(manifest.bytes),
    size: manifest.bytes.length,
    platform: { architecture: platformArchitecture(platform), os: platformOs(platform) },
  };
}

function requireDistinctImages(children: readonly IndexChild[]): void {
  const seen = new Set<Platform>();
  for (const { platform, manifest } of children) {
    parseManifest(manifest);
    if (seen.has(platform)) throw new TwinhullError('InternalError', `an index cannot hold two images for ${platform}`);
    seen.add(platform);
  }
  if (children.length === 0) throw new TwinhullError('InternalError', 'an index needs at least one image');
}
