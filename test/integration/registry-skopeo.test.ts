import { execa } from 'execa';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openRegistry } from '../../src/adapters/registry/oci-registry.ts';
import { assembleIndex } from '../../src/domain/image-index.ts';
import { pushImage, tinyImage } from '../helpers/registry-images.ts';
import { type RegistryServer, startRegistry } from '../helpers/registry-server.ts';

let server: RegistryServer;
beforeAll(async () => {
  server = await startRegistry();
});
afterAll(() => server.stop());

it.each([
  ['docker', 'docker'],
  ['oci', 'oci'],
  ['docker', 'oci'],
] as const)(
  'skopeo reads an index over images of kinds %s and %s, and picks each platform',
  async (armKind, amdKind) => {
    const path = `tests/${armKind}-${amdKind}`;
    const registry = openRegistry(`${server.host}/${path}`);
    onTestFinished(() => registry.close());
    const images = [tinyImage(armKind, 'linux/arm64'), tinyImage(amdKind, 'linux/amd64')];
    for (const image of images) await pushImage(server, path, image);
    const index = assembleIndex(images);
    await registry.putManifest('both', index);

    const inspect = ['inspect', '--tls-verify=false'];
    const reference = `docker://${server.host}/${path}:both`;
    const raw = await execa('skopeo', [...inspect, '--raw', reference], {
      encoding: 'buffer',
      stripFinalNewline: false,
    });
    expect(Buffer.from(raw.stdout)).toEqual(index.bytes);
    for (const { platform, config } of images) {
      const architecture = platform.slice('linux/'.length);
      const words = ['--override-os', 'linux', '--override-arch', architecture, ...inspect];
      const [seen, read] = await Promise.all([execa('skopeo', [...words, reference]), registry.getImageConfig(config)]);
      expect(JSON.parse(seen.stdout)).toMatchObject({ Os: 'linux', Architecture: architecture, Digest: index.digest });
      expect(read).toMatchObject({ os: 'linux', architecture });
    }
  },
);
