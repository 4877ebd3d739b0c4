import { z } from 'zod';
import { TwinhullError } from '../errors/twinhull-error.ts';
import { digestOf, isDigest } from './image-reference.ts';
import { type Platform, platformArchitecture, platformOs } from './platform.ts';

/**
 * Media types of https://github.com/opencontainers/image-spec/blob/main/media-types.md and
 * https://distribution.github.io/distribution/spec/manifest-v2-2/.
 */
export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
} as const;

/** A manifest or index as it is stored: its meaning depends on every byte. */
export interface ManifestBytes {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

export interface IndexedDescriptor extends Descriptor {
  readonly platform?:
    | { readonly os: string; readonly architecture: string; readonly variant?: string | undefined }
    | undefined;
}

export interface ImageManifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface IndexChild {
  readonly platform: Platform;
  readonly manifest: ManifestBytes;
}

export function isIndexMediaType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerIndex;
}

export function isManifestMediaType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest;
}

/**
 * One index over several images, in the order given: equal children make equal bytes. Where all are Docker schema 2
 * (what an engine without containerd's store pushes) it is a Docker manifest list, as mixed kinds confuse old clients.
 * Nothing of a child is re-encoded: only its digest, size and media type are used.
 */
export function assembleIndex(children: readonly IndexChild[]): ManifestBytes & { readonly digest: string } {
  requireDistinctImages(children);
  const allDocker = children.every(({ manifest }) => manifest.mediaType === mediaTypes.dockerManifest);
  const mediaType = allDocker ? mediaTypes.dockerIndex : mediaTypes.ociIndex;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: children.map(describeChild) }));
  return { mediaType, bytes, digest: digestOf(bytes) };
}

/** The image for a platform; attestations and the like, which stand under `unknown/unknown`, are passed over. */
export function selectPlatform(index: ManifestBytes, platform: Platform): Descriptor | undefined {
  return parseIndex(index).find(
    (child) =>
      isManifestMediaType(child.mediaType) &&
      child.platform?.os === platformOs(platform) &&
      child.platform.architecture === platformArchitecture(platform),
  );
}

/** @throws VerifyFailed when it is no image manifest */
export function parseManifest(manifest: ManifestBytes): ImageManifest {
  if (!isManifestMediaType(manifest.mediaType))
    throw unreadable(manifest, `${manifest.mediaType} is no image manifest`);
  return parseAs(manifestSchema, manifest);
}

/** @throws VerifyFailed when it is no index */
export function parseIndex(index: ManifestBytes): readonly IndexedDescriptor[] {
  if (!isIndexMediaType(index.mediaType)) throw unreadable(index, `${index.mediaType} is no index`);
  return parseAs(indexSchema, index).manifests;
}

const descriptorSchema = z.object({
  mediaType: z.string(),
  digest: z.string().refine(isDigest, 'not a sha256 digest'),
  size: z.number().int().nonnegative(),
});

/** A document that could be read both ways is refused: see CVE-2021-41190. */
const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema),
  manifests: z.undefined().optional(),
});

const platformSchema = z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() });

const indexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(descriptorSchema.extend({ platform: platformSchema.optional() })),
  config: z.undefined().optional(),
  layers: z.undefined().optional(),
});

function parseAs<T extends { mediaType?: string | undefined }>(schema: z.ZodType<T>, manifest: ManifestBytes): T {
  const result = schema.safeParse(parseJson(manifest));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw unreadable(manifest, [issue?.path.join('.'), issue?.message].filter(Boolean).join(': '));
  }
  const { mediaType } = result.data;
  if (mediaType === undefined || mediaType === manifest.mediaType) return result.data;
  throw unreadable(manifest, `it was served as ${manifest.mediaType}, but says that it is ${mediaType}`);
}

function parseJson(manifest: ManifestBytes): unknown {
  try {
    return JSON.parse(manifest.bytes.toString('utf8'));
  } catch (cause) {
    throw unreadable(manifest, 'it is no JSON', cause);
  }
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

function unreadable(manifest: ManifestBytes, why: string, cause?: unknown): TwinhullError {
  return new TwinhullError('VerifyFailed', `manifest ${digestOf(manifest.bytes)} cannot be used: ${why}`, {
    cause,
    hint: 'look at it with `skopeo inspect --raw`, and build the image again',
  });
}
