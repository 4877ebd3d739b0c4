import { LabError } from '../lab-error.ts';

/** https://distribution.github.io/distribution/spec/manifest-v2-2/ */
export const mediaTypes = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface ImageManifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface ImageIndex {
  readonly manifests: readonly Descriptor[];
}

export async function putBlob(host: string, repository: string, blob: Descriptor, body: Uint8Array): Promise<void> {
  if (await hasBlob(host, repository, blob.digest)) return;
  const begun = await request(host, `${repository}/blobs/uploads/`, { method: 'POST' }, 202);
  const place = new URL(begun.headers.get('location') ?? '', `http://${host}`);
  place.searchParams.set('digest', blob.digest);
  const headers = { 'content-type': 'application/octet-stream' };
  const put = await fetch(place, { method: 'PUT', headers, body });
  await expectStatus(put, 201);
}

export async function hasBlob(host: string, repository: string, digest: string): Promise<boolean> {
  const response = await fetch(`http://${host}/v2/${repository}/blobs/${digest}`, { method: 'HEAD' });
  return response.status === 200;
}

/** @throws LabError if it does not exist */
export async function getBlob(host: string, repository: string, digest: string): Promise<Buffer> {
  const response = await fetch(`http://${host}/v2/${repository}/blobs/${digest}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status === 200) return bytes;
  throw new LabError(`the lab registry answered ${response.status} to ${response.url}`);
}

export async function putManifest(
  host: string,
  repository: string,
  reference: string,
  mediaType: string,
  body: string,
): Promise<void> {
  await request(
    host,
    `${repository}/manifests/${reference}`,
    { method: 'PUT', headers: { 'content-type': mediaType }, body },
    201,
  );
}

/** The bytes of a manifest or index, or undefined if it does not exist. */
export async function getManifest(host: string, repository: string, reference: string): Promise<Buffer | undefined> {
  const headers = { accept: [mediaTypes.index, mediaTypes.manifest].join(', ') };
  const response = await fetch(`http://${host}/v2/${repository}/manifests/${reference}`, { headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  return response.status === 200 ? bytes : undefined;
}

/** Whether a single-platform image exists with all of its blobs. */
export async function hasImage(host: string, repository: string, reference: string): Promise<boolean> {
  const bytes = await getManifest(host, repository, reference);
  if (bytes === undefined) return false;
  const manifest = JSON.parse(bytes.toString()) as ImageManifest;
  const blobs = [manifest.config, ...manifest.layers];
  const present = await Promise.all(blobs.map((blob) => hasBlob(host, repository, blob.digest)));
  return present.every(Boolean);
}

async function request(host: string, path: string, init: RequestInit, status: number): Promise<Response> {
  const response = await fetch(`http://${host}/v2/${path}`, init);
  await expectStatus(response, status);
  return response;
}

async function expectStatus(response: Response, status: number): Promise<void> {
  const text = await response.text();
  if (response.status !== status)
    throw new LabError(`the lab registry answered ${response.status} to ${response.url}: ${text}`);
}
