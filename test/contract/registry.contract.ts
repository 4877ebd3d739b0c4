import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mediaTypes, parseIndex } from '../../src/domain/image-document.ts';
import { assembleIndex, selectPlatform } from '../../src/domain/image-index.ts';
import { digestOf } from '../../src/domain/image-reference.ts';
import type { Platform } from '../../src/domain/platform.ts';
import type { Registry } from '../../src/ports/registry.ts';
import { type ImageKind, pushImage, type TinyImage, tinyImage } from '../helpers/registry-images.ts';
import type { RegistryServer } from '../helpers/registry-server.ts';

export interface RegistryHarness {
  readonly server: RegistryServer;
  /** The adapter under test, for a repository of that path on the server. */
  open(path: string): Registry;
  stop(): Promise<void>;
}

/** The behaviour of every registry client, with any registry and login method. */
export function registryContract(name: string, start: () => Promise<RegistryHarness>): void {
  describe(`Registry: ${name}`, () => {
    let harness: RegistryHarness;
    beforeAll(async () => {
      harness = await start();
    });
    afterAll(() => harness.stop());

    /** A separate repository for each test. */
    function newRepository() {
      const path = `tests/${randomUUID()}`;
      const push = async (kind: ImageKind, platform: Platform, tag?: string): Promise<TinyImage> => {
        const image = tinyImage(kind, platform);
        await pushImage(harness.server, path, image, tag);
        return image;
      };
      return { path, registry: harness.open(path), push };
    }

    it('returns its repository', () => {
      const { path, registry } = newRepository();
      expect(registry.repository).toBe(`${harness.server.host}/${path}`);
    });

    it('finds nothing in a repository that does not exist yet', async () => {
      const { registry } = newRepository();
      const digest = digestOf(Buffer.from('nothing'));
      await expect(registry.resolve('latest')).resolves.toBeUndefined();
      await expect(registry.resolve(digest)).resolves.toBeUndefined();
      await expect(registry.getManifest('latest')).resolves.toBeUndefined();
      await expect(registry.getManifest(digest)).resolves.toBeUndefined();
    });

    it('finds no unknown tag or digest', async () => {
      const { registry, push } = newRepository();
      await push('oci', 'linux/arm64', 'here');
      await expect(registry.resolve('gone')).resolves.toBeUndefined();
      await expect(registry.getManifest('gone')).resolves.toBeUndefined();
      await expect(registry.getManifest(digestOf(Buffer.from('gone')))).resolves.toBeUndefined();
    });

    it.each(['oci', 'docker'] as const)('reads an image (%s) by tag and by digest, byte for byte', async (kind) => {
      const { registry, push } = newRepository();
      const { manifest } = await push(kind, 'linux/arm64', 'v1');
      await expect(registry.getManifest('v1')).resolves.toEqual(manifest);
      await expect(registry.getManifest(manifest.digest)).resolves.toEqual(manifest);
      await expect(registry.resolve('v1')).resolves.toBe(manifest.digest);
      await expect(registry.resolve(manifest.digest)).resolves.toBe(manifest.digest);
    });

    it('reads the configuration of an image', async () => {
      const { registry, push } = newRepository();
      const { config } = await push('docker', 'linux/arm64');
      await expect(registry.getImageConfig(config)).resolves.toMatchObject({
        os: 'linux',
        architecture: 'arm64',
      });
    });

    it('reports a missing configuration', async () => {
      const { registry } = newRepository();
      const refused = registry.getImageConfig({ ...tinyImage('oci', 'linux/amd64').config });
      await expect(refused).rejects.toMatchObject({ code: 'RegistryRefused', message: expect.stringContaining('404') });
    });

    it('sets a tag, sets it again, moves it', async () => {
      const { registry, push } = newRepository();
      const first = await push('oci', 'linux/amd64');
      const second = await push('oci', 'linux/amd64');
      for (const { manifest } of [first, first, second]) {
        await registry.putManifest('stable', manifest);
        await expect(registry.resolve('stable')).resolves.toBe(manifest.digest);
      }
    });

    it.each([
      ['docker', mediaTypes.dockerIndex],
      ['oci', mediaTypes.ociIndex],
    ] as const)('stores an index over an arm64 (docker) and an amd64 (%s) image', async (kind, mediaType) => {
      const { registry, push } = newRepository();
      const images = [await push('docker', 'linux/arm64'), await push(kind, 'linux/amd64')];
      const index = assembleIndex(images);
      expect(index.mediaType).toBe(mediaType);
      await registry.putManifest(index.digest, index);
      await registry.putManifest('both', index);
      await registry.putManifest('both', index);
      const stored = await registry.getManifest('both');
      expect(stored).toEqual(index);
      expect(parseIndex(index)).toHaveLength(2);
      for (const { platform, manifest } of images) {
        expect(selectPlatform(index, platform)?.digest).toBe(manifest.digest);
      }
    });

    it('reports why the registry refuses an index over missing images', async () => {
      const { registry } = newRepository();
      const index = assembleIndex([tinyImage('oci', 'linux/arm64')]);
      const refused = registry.putManifest('broken', index);
      await expect(refused).rejects.toMatchObject({
        code: 'RegistryRefused',
        message: expect.stringMatching(/400 Bad Request \(MANIFEST_/),
      });
    });

    it('refuses to store bytes under another digest', async () => {
      const { registry, push } = newRepository();
      const { manifest } = await push('oci', 'linux/amd64');
      await expect(registry.putManifest(digestOf(Buffer.from('other')), manifest)).rejects.toMatchObject({
        code: 'InternalError',
      });
    });

    it('refuses invalid references before sending anything', async () => {
      const { registry } = newRepository();
      for (const reference of ['', '../x', 'a b', '-x', 'sha256:abc', 'a:b', 'x?y=z', 'a\nb']) {
        const invalid = { code: 'ImageReferenceInvalid' };
        await expect(registry.resolve(reference)).rejects.toMatchObject(invalid);
        await expect(registry.getManifest(reference)).rejects.toMatchObject(invalid);
        await expect(registry.putManifest(reference, tinyImage('oci', 'linux/amd64').manifest)).rejects.toMatchObject(
          invalid,
        );
      }
    });

    it('handles many requests at once', async () => {
      const { registry, push } = newRepository();
      const { manifest } = await push('oci', 'linux/amd64', 'one');
      const answers = await Promise.all(Array.from({ length: 20 }, () => registry.resolve('one')));
      expect(new Set(answers)).toEqual(new Set([manifest.digest]));
    });

    it('can be checked before and after the first push', async () => {
      const { registry, push } = newRepository();
      await expect(registry.check()).resolves.toBeUndefined();
      await push('oci', 'linux/amd64', 'one');
      await expect(registry.check()).resolves.toBeUndefined();
    });

    it('lists tags, sorted, and none where there is no repository', async () => {
      const { registry, push } = newRepository();
      await expect(registry.listTags()).resolves.toEqual([]);
      await push('oci', 'linux/amd64', 'v2');
      await push('docker', 'linux/arm64', 'v1');
      await expect(registry.listTags()).resolves.toEqual(['v1', 'v2']);
    });

    it('checks whether deletion is enabled without deleting anything', async () => {
      const { registry, push } = newRepository();
      await expect(registry.checkDeletion()).resolves.toBeUndefined();
      await push('oci', 'linux/amd64', 'v1');
      await expect(registry.checkDeletion()).resolves.toBeUndefined();
      await expect(registry.listTags()).resolves.toEqual(['v1']);
    });

    it.each(['oci', 'docker'] as const)('removes one tag of an image (%s), and keeps the others', async (kind) => {
      const { registry, push } = newRepository();
      const { manifest } = await push(kind, 'linux/arm64', 'staging');
      await registry.putManifest('v1', manifest);
      await registry.deleteTag('staging', manifest.digest);
      await registry.deleteTag('staging', manifest.digest);
      await expect(registry.listTags()).resolves.toEqual(['v1']);
      await expect(registry.getManifest('v1')).resolves.toEqual(manifest);
    });

    it('removes the last tags of images that an index needs', async () => {
      const { registry, push } = newRepository();
      const images = [await push('docker', 'linux/arm64', 'arm64'), await push('docker', 'linux/amd64', 'amd64')];
      const index = assembleIndex(images);
      await registry.putManifest('both', index);
      await registry.putManifest('again', index);
      for (const [tag, image] of [
        ['arm64', images[0]],
        ['amd64', images[1]],
      ] as const) {
        await registry.deleteTag(tag, image!.manifest.digest);
      }
      await registry.deleteTag('again', index.digest);
      await expect(registry.listTags()).resolves.toEqual(['both']);
      await expect(registry.getManifest('both')).resolves.toEqual(index);
      for (const { manifest } of images) await expect(registry.getManifest(manifest.digest)).resolves.toEqual(manifest);
    });

    it('keeps a tag that now points elsewhere', async () => {
      const { registry, push } = newRepository();
      const before = await push('oci', 'linux/amd64', 'cache');
      const after = await push('oci', 'linux/amd64', 'cache');
      await registry.deleteTag('cache', before.manifest.digest);
      await expect(registry.resolve('cache')).resolves.toBe(after.manifest.digest);
    });

    it('removes an image with all its tags, repeatedly', async () => {
      const { registry, push } = newRepository();
      const { manifest } = await push('oci', 'linux/amd64', 'v1');
      await registry.putManifest('v2', manifest);
      await push('oci', 'linux/amd64', 'v3');
      await registry.deleteManifest(manifest.digest);
      await registry.deleteManifest(manifest.digest);
      await expect(registry.listTags()).resolves.toEqual(['v3']);
      await expect(registry.resolve(manifest.digest)).resolves.toBeUndefined();
    });

    it('reports no immutable tag', async () => {
      await expect(newRepository().registry.isImmutable('latest')).resolves.toBe(false);
    });
  });
}
