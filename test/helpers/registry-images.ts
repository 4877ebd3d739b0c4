import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Descriptor, mediaTypes } from '../../src/domain/image-document.ts';
import { digestOf } from '../../src/domain/image-reference.ts';
import { type Platform, platformArchitecture, platformOs } from '../../src/domain/platform.ts';
import type { StoredManifest } from '../../src/ports/registry.ts';
import type { RegistryServer } from './registry-server.ts';

export type ImageKind = 'oci' | 'docker';

export interface TinyImage {
  readonly platform: Platform;
  readonly manifest: StoredManifest;
  readonly config: Descriptor;
  /** Configuration and layer. */
  readonly blobs: readonly Buffer[];
}

const layerTypes = {
  oci: 'application/vnd.oci.image.layer.v1.tar+gzip',
  docker: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};
const configTypes = {
  oci: 'application/vnd.oci.image.config.v1+json',
  docker: 'application/vnd.docker.container.image.v1+json',
};

/** A real image with one empty layer; no two are the same. Its JSON is formatted like that of `docker push`. */
export function tinyImage(kind: ImageKind, platform: Platform): TinyImage {
  const tar = Buffer.alloc(1024);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: platformArchitecture(platform),
      os: platformOs(platform),
      config: { Labels: { random: randomBytes(8).toString('hex') } },
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
      history: [{ created: '2026-01-01T00:00:00Z', created_by: 'tests' }],
    }),
  );
  const mediaType = kind === 'oci' ? mediaTypes.ociManifest : mediaTypes.dockerManifest;
  const described = { mediaType: configTypes[kind], size: config.length, digest: digestOf(config) };
  const document = {
    schemaVersion: 2,
    mediaType,
    config: described,
    layers: [{ mediaType: layerTypes[kind], size: layer.length, digest: digestOf(layer) }],
  };
  const bytes = Buffer.from(JSON.stringify(document, null, 3));
  const manifest = { mediaType, bytes, digest: digestOf(bytes) };
  return { platform, manifest, config: described, blobs: [config, layer] };
}

/** Uploads an image, and tags it if a tag is given. */
export async function pushImage(server: RegistryServer, path: string, image: TinyImage, tag?: string): Promise<void> {
  for (const blob of image.blobs) await pushBlob(server, path, blob);
  await pushManifest(server, path, image.manifest, tag);
}

/** Stores any manifest by its digest or a tag. */
export async function pushManifest(server: RegistryServer, path: string, manifest: StoredManifest, tag?: string) {
  const { mediaType, bytes, digest } = manifest;
  const target = `/v2/${path}/manifests/${tag ?? digest}`;
  const response = await server.request('PUT', target, { headers: { 'content-type': mediaType }, body: bytes });
  await expectStatus(response, 201, target);
}

export async function pushBlob(server: RegistryServer, path: string, blob: Buffer): Promise<void> {
  const started = await server.request('POST', `/v2/${path}/blobs/uploads/`);
  await expectStatus(started, 202, 'upload');
  const location = new URL(String(started.headers['location']), `${server.scheme}://${server.host}`);
  location.searchParams.set('digest', digestOf(blob));
  const headers = { 'content-type': 'application/octet-stream' };
  await expectStatus(await server.request('PUT', location.href, { headers, body: blob }), 201, 'blob');
}

type Response = Awaited<ReturnType<RegistryServer['request']>>;

async function expectStatus(response: Response, status: number, what: string): Promise<void> {
  const text = await response.body.text();
  if (response.statusCode !== status) throw new Error(`${what}: ${response.statusCode} ${text}`);
}
