import { z } from 'zod';
import { TwinhullError } from './errors/twinhull-error.ts';
import { digestOf, isDigest } from './image-reference.ts';
import { quoted } from './quoted.ts';
import { foldKey, JsonRefused, readJson, readJsonIfValid } from './strict-json.ts';

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

/** Media types of image configurations, and of nothing else. */
const configTypes: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/** Layers stored in the registry. Those fetched from elsewhere (foreign, nondistributable) are for Windows. */
const layerType =
  /^application\/vnd\.(?:oci\.image\.layer\.v1\.tar(?:\+(?:gzip|zstd))?|docker\.image\.rootfs\.diff\.tar(?:\.(?:gzip|zstd))?)$/;

/** A manifest or index as it is stored: its digest covers every byte. */
export interface ManifestBytes {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** A reference to content by digest: https://github.com/opencontainers/image-spec/blob/main/descriptor.md */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

/** A platform as an image states it; any, not only those that Twinhull builds. */
export interface OciPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/** An entry of an index. Attestations have the platform `unknown/unknown`. */
export interface IndexedDescriptor extends Descriptor {
  readonly platform?: OciPlatform | undefined;
}

/** The parts in use of https://github.com/opencontainers/image-spec/blob/main/manifest.md */
export interface ImageManifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** The parts in use of https://github.com/opencontainers/image-spec/blob/main/config.md */
export interface ImageConfig extends OciPlatform {
  /** Digests of the uncompressed layers. */
  readonly diffIds: readonly string[];
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** Whether it lists images of several platforms, in OCI's or Docker's format. */
export function isIndexMediaType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerIndex;
}

/** Whether it is a single image, in OCI's or Docker's format. */
export function isManifestMediaType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest;
}

/** @throws VerifyFailed when it is not the manifest of an image; the message names what it is */
export function parseManifest(manifest: ManifestBytes): ImageManifest {
  if (!isManifestMediaType(manifest.mediaType))
    throw unusable(manifest, `${quoted(manifest.mediaType)} is not an image manifest`);
  const parsed = parseAs(manifestSchema, manifest);
  const { artifactType, config, layers } = parsed;
  const artifact = artifactType ?? (configTypes.has(config.mediaType) ? undefined : config.mediaType);
  if (artifact !== undefined) throw unusable(manifest, `it is not an image, but ${quoted(artifact)}`);
  const other = layers.find(({ mediaType }) => !layerType.test(mediaType));
  if (other !== undefined)
    throw unusable(manifest, `it is not an image: it has a layer of media type ${quoted(other.mediaType)}`);
  if (layers.length === 0) throw unusable(manifest, 'it has no layers');
  return parsed;
}

/** @throws VerifyFailed when it is not an index */
export function parseIndex(index: ManifestBytes): readonly IndexedDescriptor[] {
  if (!isIndexMediaType(index.mediaType)) throw unusable(index, `${quoted(index.mediaType)} is not an index`);
  return parseAs(indexSchema, index).manifests;
}

/** @throws VerifyFailed when it is neither an image nor an index of images */
export function requireImageOrIndex(manifest: ManifestBytes): void {
  if (isIndexMediaType(manifest.mediaType)) parseIndex(manifest);
  else parseManifest(manifest);
}

/**
 * The platform, the layers and the labels of an image.
 * @throws VerifyFailed when it is not an image configuration
 */
export function parseImageConfig(bytes: Buffer): ImageConfig {
  const { os, architecture, variant, rootfs, config } = parseDocument(configSchema, bytes, 'image configuration');
  const labels = labelsSchema.safeParse(config?.Labels).data;
  return {
    os,
    architecture,
    ...(variant !== undefined && { variant }),
    diffIds: rootfs.diff_ids,
    ...(labels && { labels }),
  };
}

/**
 * The media type of a received manifest: from the registry's header; if that is generic (some registries and caches
 * serve manifests as plain JSON), from the manifest itself; otherwise from its shape.
 */
export function manifestMediaType(contentType: string | undefined, bytes: Buffer): string {
  const served = (contentType ?? '').replace(/;.*$/s, '').trim().toLowerCase();
  if (!generalTypes.has(served)) return served;
  const { data } = shapeSchema.safeParse(readJsonIfValid(bytes));
  const own = data?.mediaType;
  if (own !== undefined && (isIndexMediaType(own) || isManifestMediaType(own))) return own;
  if (data?.manifests !== undefined) return mediaTypes.ociIndex;
  return data?.config === undefined ? served : mediaTypes.ociManifest;
}

const generalTypes: ReadonlySet<string> = new Set(['', 'application/json', 'application/octet-stream', 'text/plain']);

const shapeSchema = z.object({
  mediaType: z.string().optional(),
  manifests: z.array(z.unknown()).optional(),
  config: z.unknown().optional(),
});

/** More than any engine can use, and few enough to iterate over. */
const mostParts = 1000;

/**
 * An object of the specification. Parsers in Go match its keys case-insensitively, so a key that only folds to a known
 * one, or two keys that fold to each other, would mean something else to them.
 */
function struct<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = new Map(Object.keys(shape).map((key) => [foldKey(key), key]));
  return z.looseObject(shape).superRefine((value, context) => {
    const seen = new Map<string, string>();
    for (const key of Object.keys(value)) {
      const folded = foldKey(key);
      const meant = seen.get(folded) ?? known.get(folded) ?? key;
      if (meant !== key) {
        const message = `the key ${quoted(key)} is ${quoted(meant)} to readers that ignore case`;
        context.addIssue({ code: 'custom', message });
      }
      seen.set(folded, key);
    }
  });
}

/** Keys with a meaning to other tools, which are not read here. */
function ignored<Key extends string>(...keys: readonly Key[]): Record<Key, z.ZodOptional<z.ZodUnknown>> {
  return Object.fromEntries(keys.map((key) => [key, z.unknown().optional()])) as Record<
    Key,
    z.ZodOptional<z.ZodUnknown>
  >;
}

const digest = z.string().refine(isDigest, 'not a sha256 digest');

const descriptorShape = {
  mediaType: z.string(),
  digest,
  size: z.int().nonnegative(),
  /** The content itself, in base64: a client may use it instead of the blob that the digest names. */
  data: z.string().optional(),
  ...ignored('urls', 'annotations', 'artifactType', 'platform'),
};
const descriptorSchema = struct(descriptorShape).refine(
  ({ data, digest: named }) => data === undefined || digestOf(Buffer.from(data, 'base64')) === named,
  'its data does not match its digest',
);

/** A document that could be read as either kind is refused: see CVE-2021-41190. */
const manifestSchema = struct({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema).max(mostParts),
  manifests: z.undefined().optional(),
  fsLayers: z.undefined().optional(),
  ...ignored('subject', 'annotations', 'history', 'signatures', 'name', 'tag', 'architecture'),
});

const platformShape = {
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
  ...ignored('os.version', 'os.features', 'features'),
};

const indexSchema = struct({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(struct({ ...descriptorShape, platform: struct(platformShape).optional() })).max(mostParts),
  config: z.undefined().optional(),
  layers: z.undefined().optional(),
  fsLayers: z.undefined().optional(),
  ...ignored('artifactType', 'subject', 'annotations'),
});

const runConfigKeys = [
  ...['User', 'ExposedPorts', 'Env', 'Entrypoint', 'Cmd', 'Volumes', 'WorkingDir', 'Labels', 'StopSignal'],
  ...['ArgsEscaped', 'Healthcheck', 'OnBuild', 'Shell', 'StopTimeout', 'Hostname', 'Domainname', 'Image'],
] as const;

/** https://github.com/opencontainers/image-spec/blob/main/config.md, and Docker's additions. */
const configSchema = struct({
  ...platformShape,
  rootfs: struct({ type: z.literal('layers'), diff_ids: z.array(digest).max(mostParts) }),
  config: struct(ignored(...runConfigKeys)).nullish(),
  ...ignored('created', 'author', 'history', 'id', 'parent', 'comment'),
  ...ignored('container', 'container_config', 'docker_version'),
});

const labelsSchema = z.record(z.string(), z.string());

function parseAs<T extends { mediaType?: string | undefined }>(schema: z.ZodType<T>, manifest: ManifestBytes): T {
  const parsed = parseDocument(schema, manifest.bytes, 'manifest');
  const { mediaType } = parsed;
  if (mediaType === undefined || mediaType === manifest.mediaType) return parsed;
  throw unusable(manifest, `it was served as ${quoted(manifest.mediaType)}, but its mediaType is ${quoted(mediaType)}`);
}

function parseDocument<T>(schema: z.ZodType<T>, bytes: Buffer, what: DocumentKind): T {
  const result = schema.safeParse(readDocument(bytes, what));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw unusable({ bytes }, [issue?.path.join('.'), issue?.message].filter(Boolean).join(': '), what);
}

function readDocument(bytes: Buffer, what: DocumentKind): unknown {
  try {
    return readJson(bytes);
  } catch (cause) {
    if (!(cause instanceof JsonRefused)) throw cause;
    throw unusable({ bytes }, cause.message, what);
  }
}

type DocumentKind = 'manifest' | 'image configuration';

function unusable({ bytes }: Pick<ManifestBytes, 'bytes'>, why: string, what: DocumentKind = 'manifest') {
  return new TwinhullError('VerifyFailed', `${what} ${digestOf(bytes)} cannot be used: ${why}`, {
    hint: 'inspect it with `skopeo inspect --raw`, and build the image again',
  });
}
