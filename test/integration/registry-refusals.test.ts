import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRegistry } from '../../src/adapters/registry/oci-registry.ts';
import { mediaTypes } from '../../src/domain/image-document.ts';
import { pushImage, tinyImage } from '../helpers/registry-images.ts';
import { type RegistryServer, startRegistry } from '../helpers/registry-server.ts';
import { startStandIn } from '../helpers/registry-stand-in.ts';
import { mountTemporary } from '../helpers/temporary-mount.ts';
import { VirtualClock } from '../helpers/virtual-clock.ts';

function open(host: string) {
  const registry = openRegistry(`${host}/tests/app`, { environment: {}, clock: new VirtualClock() });
  onTestFinished(() => registry.close());
  return registry;
}

it('a read-only registry can be read, and reports why it stores nothing', async () => {
  const storage = await mkdtemp(join(tmpdir(), 'twinhull-storage-'));
  onTestFinished(() => rm(storage, { recursive: true, force: true }));
  const image = tinyImage('oci', 'linux/arm64');
  const writable = await startRegistry({ storage });
  await pushImage(writable, 'tests/app', image, 'here');
  await writable.stop();
  const server = await startRegistry({ storage, readOnly: true });
  onTestFinished(() => server.stop());
  const registry = open(server.host);
  await registry.check();
  await expect(registry.resolve('here')).resolves.toBe(image.manifest.digest);
  await expect(registry.putManifest('other', image.manifest)).rejects.toMatchObject({
    code: 'RegistryRefused',
    message: expect.stringMatching(/^cannot store .*:other: .* answered 405 Method Not Allowed/),
  });
});

it('a registry with a full disk is retried for a while, and then reported', async () => {
  const { folder: storage, dispose } = await mountTemporary('64k');
  onTestFinished(dispose);
  const server = await startRegistry({ storage });
  onTestFinished(() => server.stop());
  const image = tinyImage('oci', 'linux/arm64');
  await pushImage(server, 'tests/app', image);
  await writeFile(join(storage, 'filler'), Buffer.alloc(128 * 1024)).catch(() => undefined);
  await expect(open(server.host).putManifest('v1', image.manifest)).rejects.toMatchObject({
    code: 'RegistryUnreachable',
    message: expect.stringContaining('ENOSPC, no space left on device'),
    hint: expect.stringContaining('free space'),
  });
});

/** Stand-ins, not registries: they refuse a moved tag in the words of each product. */
const immutable = [
  [
    'ECR',
    400,
    {
      errors: [
        {
          code: 'TAG_INVALID',
          message:
            "The image tag 'v1' already exists in the 'tests/app' repository and cannot be overwritten because the repository is immutable.",
        },
      ],
    },
  ],
  [
    'ECR, as its own API words it',
    400,
    { __type: 'com.amazonaws.ecr#ImageTagAlreadyExistsException', message: 'the tag exists' },
  ],
  [
    'Harbor',
    412,
    {
      errors: [{ code: 'PRECONDITION', message: "Failed to process request due to 'app:v1' configured as immutable." }],
    },
  ],
] as const;

describe.each(immutable)('an immutable tag, as reported by %s', (_, status, body) => {
  async function standIn(digest: string) {
    const server = await startStandIn((request, response) => {
      if (request.method === 'PUT')
        return void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      response.writeHead(200, { 'content-type': mediaTypes.ociManifest, 'docker-content-digest': digest }).end();
    });
    onTestFinished(() => server.stop());
    return open(server.host);
  }

  it('is refused with the registry’s message', async () => {
    const registry = await standIn(tinyImage('oci', 'linux/arm64').manifest.digest);
    await expect(registry.putManifest('v1', tinyImage('oci', 'linux/arm64').manifest)).rejects.toMatchObject({
      code: 'TagImmutable',
      message: expect.stringMatching(/^cannot move .*\/tests\/app:v1: .* answered 4\d\d .*(immutable|exists)/),
    });
  });

  it('is no error when it already points to the same content', async () => {
    const { manifest } = tinyImage('oci', 'linux/arm64');
    await expect((await standIn(manifest.digest)).putManifest('v1', manifest)).resolves.toBeUndefined();
  });
});

it('tags known to be immutable are reported by the registry’s adapter', async () => {
  const registry = openRegistry('localhost:1/tests/app', { immutableTags: async (tag) => tag !== 'latest' });
  await expect(registry.isImmutable('latest')).resolves.toBe(false);
  await expect(registry.isImmutable('v1')).resolves.toBe(true);
});

it('a registry with deletion disabled names the setting to enable, and loses no tag', async () => {
  const server = await startRegistry({ deletes: false });
  onTestFinished(() => server.stop());
  const { manifest } = await pushed(server);
  const registry = open(server.host);
  const refused = {
    code: 'DeletionRefused',
    message: expect.stringContaining('405 Method Not Allowed'),
    hint: expect.stringContaining('REGISTRY_STORAGE_DELETE_ENABLED=true'),
  };
  await expect(registry.checkDeletion()).rejects.toMatchObject(refused);
  await expect(registry.deleteManifest(manifest.digest)).rejects.toMatchObject(refused);
  await expect(registry.resolve('here')).resolves.toBe(manifest.digest);
});

async function pushed(server: RegistryServer) {
  const image = tinyImage('oci', 'linux/arm64');
  await pushImage(server, 'tests/app', image, 'here');
  return image;
}
