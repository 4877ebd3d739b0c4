import { type ManifestBytes, mediaTypes } from '../../src/domain/image-document.ts';
import { digestOf } from '../../src/domain/image-reference.ts';

const configTypes: Readonly<Record<string, string>> = {
  [mediaTypes.ociManifest]: 'application/vnd.oci.image.config.v1+json',
  [mediaTypes.dockerManifest]: 'application/vnd.docker.container.image.v1+json',
};
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** The descriptor of a text; by default that of a configuration. */
export function imageBlob(text: string, mediaType = configTypes[mediaTypes.ociManifest]!) {
  const bytes = Buffer.from(text);
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** Formatted unlike any encoder of ours: encoding a child again would change its digest. */
export function imageManifest(mediaType: string, config: string, extra: object = {}): ManifestBytes {
  const layers = [imageBlob('layer', layerType)];
  const document = { schemaVersion: 2, mediaType, config: imageBlob(config, configTypes[mediaType]), layers, ...extra };
  return { mediaType, bytes: Buffer.from(`${JSON.stringify(document, null, 3)}\n`) };
}

/** The configuration of an arm64 image with one layer. */
export function imageConfig(extra: object = {}): Buffer {
  const rootfs = { type: 'layers', diff_ids: [digestOf(Buffer.from('layer'))] };
  return Buffer.from(JSON.stringify({ architecture: 'arm64', os: 'linux', rootfs, ...extra }));
}
