import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openRegistry } from '../../src/adapters/registry/oci-registry.ts';
import { mediaTypes } from '../../src/domain/image-document.ts';
import { assembleIndex } from '../../src/domain/image-index.ts';
import { digestOf } from '../../src/domain/image-reference.ts';
import { stagingTag } from '../../src/domain/plan.ts';
import { promote } from '../../src/pipeline/promote.ts';
import { readBackImages } from '../../src/pipeline/publish/read-back.ts';
import type { BuildStore } from '../../src/ports/build-store.ts';
import { imageBlob } from '../helpers/image-documents.ts';
import { pushBlob, pushImage, pushManifest, type TinyImage, tinyImage } from '../helpers/registry-images.ts';
import { type RegistryServer, startRegistry } from '../helpers/registry-server.ts';

/** Documents that docker-registry accepts, but that other clients read differently, or that are not images. */

const platform = 'linux/arm64';
const tag = stagingTag('app', platform, 'job-1');
let server: RegistryServer;

beforeAll(async () => {
  server = await startRegistry();
});
afterAll(() => server.stop());

function bed() {
  const path = `tests/${randomUUID()}`;
  const registry = openRegistry(`${server.host}/${path}`);
  onTestFinished(() => registry.close());
  const readBack = () =>
    readBackImages(
      { platform, steps: [{ image: 'app', build: undefined as never, verify: [] }] },
      { jobKey: 'job-1' },
      registry,
    );
  return { path, registry, readBack };
}

/** The document with changes, as text: JSON.stringify cannot write a key twice. */
function changed(image: TinyImage, change: (text: string) => string) {
  const bytes = Buffer.from(change(image.manifest.bytes.toString()));
  return { mediaType: image.manifest.mediaType, bytes, digest: digestOf(bytes) };
}

/** An image with a changed configuration. */
function configured(image: TinyImage, change: (text: string) => string) {
  const config = Buffer.from(change(image.blobs[0]!.toString()));
  const descriptor = { ...image.config, digest: digestOf(config), size: config.length };
  const document = { ...JSON.parse(image.manifest.bytes.toString()), config: descriptor };
  const bytes = Buffer.from(JSON.stringify(document));
  return { config, manifest: { mediaType: image.manifest.mediaType, bytes, digest: digestOf(bytes) } };
}

it('reads an image back unchanged, also from an index', async () => {
  const { path, registry, readBack } = bed();
  const image = tinyImage('oci', platform);
  await pushImage(server, path, image, tag);
  await expect(readBack()).resolves.toMatchObject([{ digest: image.manifest.digest, platform }]);
  await registry.putManifest(tag, assembleIndex([image]));
  await expect(readBack()).resolves.toMatchObject([{ digest: image.manifest.digest }]);
});

it.each(['oci', 'docker'] as const)('refuses a second config in capitals (%s)', async (kind) => {
  const { path, readBack } = bed();
  const [image, other] = [tinyImage(kind, platform), tinyImage(kind, 'linux/amd64')];
  await pushImage(server, path, image);
  await pushImage(server, path, other);
  const config = JSON.stringify(other.config);
  await pushManifest(
    server,
    path,
    changed(image, (text) => text.replace(/\}\s*$/, `,"Config":${config}}`)),
    tag,
  );
  await expect(readBack()).rejects.toMatchObject({
    code: 'VerifyFailed',
    message: expect.stringContaining('the key "Config" is "config" to readers that ignore case'),
  });
});

it.each([
  ['twice', (text: string) => text.replace(/\}$/, ',"architecture":"amd64"}'), '"architecture" appears twice'],
  ['by case', (text: string) => text.replace(/\}$/, ',"Architecture":"amd64"}'), '"Architecture" is "architecture"'],
  ['with layers of another', (text: string) => text.replace(/\["sha256[^\]]*\]/, '[]'), 'its configuration names 0'],
])('refuses a configuration with two architectures or other layers: %s', async (_, change, why) => {
  const { path, readBack } = bed();
  const image = tinyImage('oci', platform);
  const { config, manifest } = configured(image, change);
  await pushImage(server, path, image);
  await pushBlob(server, path, config);
  await pushManifest(server, path, manifest, tag);
  await expect(readBack()).rejects.toMatchObject({ code: 'VerifyFailed', message: expect.stringContaining(why) });
});

it.each([
  ['an artifact', { artifactType: 'application/vnd.example.sbom' }, {}, '"application/vnd.example.sbom"'],
  ['a chart', {}, { mediaType: 'application/vnd.cncf.helm.config.v1+json' }, 'vnd.cncf.helm.config.v1+json"'],
  ['a config of another size', {}, { size: 1 }, 'its manifest describes 1'],
])('refuses %s by its media type', async (_, manifest, config, why) => {
  const { path, readBack } = bed();
  const image = tinyImage('oci', platform);
  await pushImage(server, path, image);
  const document = { ...(JSON.parse(image.manifest.bytes.toString()) as { config: object }), ...manifest };
  const bytes = Buffer.from(JSON.stringify({ ...document, config: { ...document.config, ...config } }));
  await pushManifest(server, path, { mediaType: mediaTypes.ociManifest, bytes, digest: digestOf(bytes) }, tag);
  await expect(readBack()).rejects.toMatchObject({ code: 'VerifyFailed', message: expect.stringContaining(why) });
});

it('refuses a child that does not match its description in the index', async () => {
  const { path, registry, readBack } = bed();
  const image = tinyImage('oci', platform);
  await pushImage(server, path, image);
  const index = assembleIndex([image]);
  const bytes = Buffer.from(index.bytes.toString().replace(/"size":\d+/, '"size":7'));
  await registry.putManifest(tag, { mediaType: index.mediaType, bytes });
  await expect(readBack()).rejects.toMatchObject({
    code: 'VerifyFailed',
    message: expect.stringContaining('of 7 bytes'),
  });
});

it('promotes no such document, although a build once published it', async () => {
  const { path, registry } = bed();
  const image = tinyImage('oci', platform);
  await pushImage(server, path, image);
  const config = JSON.stringify({ ...imageBlob('x'), ...image.config });
  const manifest = changed(image, (text) => text.replace(/\}\s*$/, `,"Config":${config}}`));
  await pushManifest(server, path, manifest, 'sim');
  const build = {
    id: 'b-1',
    destination: registry.repository,
    tags: [{ tag: 'sim', image: 'app', newDigest: manifest.digest, moving: false }],
  };
  // A stand-in: one published build of the previous version.
  const store = { list: async () => [build], load: async () => build } as unknown as BuildStore;
  const clock = { now: () => 0, sleep: async () => undefined };
  const promoted = promote({ commit: 'a'.repeat(40), tag: 'stable' }, { store, registryFor: () => registry, clock });
  await expect(promoted).rejects.toMatchObject({ code: 'VerifyFailed' });
  await expect(registry.resolve('stable')).resolves.toBeUndefined();
});
