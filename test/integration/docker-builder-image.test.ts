import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { labPaths } from '../../lab/home.ts';
import { inspectEngine } from '../../src/adapters/docker/inspect-engine.ts';
import { mediaTypes } from '../../src/domain/image-document.ts';
import { type DockerTestBed, openDockerTestBed } from '../helpers/docker-jobs.ts';

const testRepository = 'twinhull-test/builder';

describe('the builder image', () => {
  let bed: DockerTestBed;
  let registry: string;

  beforeAll(async () => {
    bed = await openDockerTestBed();
    registry = bed.lab.registry.host;
    return async () => await bed.dispose();
  });

  it('is pulled when the engine lacks it', async () => {
    const tag = randomBytes(6).toString('hex');
    const image = `${registry}/${testRepository}:${tag}`;
    await importShell(image);
    await finished(await bed.docker.getImage(image).push({ authconfig: {} }));
    await bed.docker.getImage(image).remove();
    onTestFinished(async () => await deleteFromRegistry(tag));
    const backend = bed.backend({ builderImage: image });
    // Two concurrent submits: both find it missing.
    const jobs = await Promise.all(['echo one', 'echo two'].map((script) => backend.submit(bed.request(script))));
    for (const [index, job] of jobs.entries()) {
      for await (const chunk of backend.readLog(job.id, { follow: true }))
        expect(chunk.text).toBe(['one\n', 'two\n'][index]);
      await backend.release(job.id);
    }
  });

  it.each([
    ['no such repository', () => `${registry}/no-such/image:1`, /not found|unknown/],
    ['no such registry', () => '127.0.0.1:1/no/builder:1', /refused/],
    ['a name that is none', () => 'NOT/An-Image', /invalid reference/],
  ])('is missing when it cannot be pulled: %s', async (_, image, reason) => {
    await expect(bed.backend({ builderImage: image() }).submit(bed.request('exit 0'))).rejects.toMatchObject({
      code: 'BuilderImageMissing',
      message: expect.stringMatching(reason),
    });
  });

  it('is an invalid setting when it is not an image name', async () => {
    await expect(bed.backend({ builderImage: 'an image' }).submit(bed.request('exit 0'))).rejects.toMatchObject({
      code: 'SettingInvalid',
      message: expect.stringContaining('"an image"'),
    });
  });

  it('is refused without a shell', async () => {
    const image = `twinhull-test-${randomBytes(6).toString('hex')}:1`;
    await importImage(image, Buffer.alloc(1024));
    const request = bed.request('exit 0');
    await expect(bed.backend({ builderImage: image }).submit(request)).rejects.toMatchObject({
      code: 'JobRefused',
      message: expect.stringMatching(/"sh".*not found/),
    });
    expect(await bed.docker.listContainers({ all: true, filters: { name: [request.name] } })).toEqual([]);
  });

  /** The smallest image with a shell, unlike any other image. */
  async function importShell(image: string): Promise<void> {
    const { architecture } = await inspectEngine(bed.endpoint);
    const tar = pack();
    tar.entry(
      { name: 'bin/busybox', mode: 0o755 },
      await readFile(join(labPaths(bed.lab.home).busyboxFolder, `busybox-${architecture}`)),
    );
    tar.entry({ name: 'bin/sh', type: 'symlink', linkname: 'busybox' });
    tar.entry({ name: 'name' }, image);
    tar.finalize();
    await importImage(image, await buffer(tar));
  }

  async function importImage(image: string, tar: Buffer): Promise<void> {
    const colon = image.lastIndexOf(':');
    const name = { repo: image.slice(0, colon), tag: image.slice(colon + 1) };
    onTestFinished(async () => {
      const images = await bed.docker.listImages({ filters: { reference: [image] } });
      await Promise.all(images.map(() => bed.docker.getImage(image).remove({ force: true })));
    });
    await finished(await bed.docker.importImage(Readable.from([tar]), name));
  }

  async function deleteFromRegistry(tag: string): Promise<void> {
    const manifests = `http://${registry}/v2/${testRepository}/manifests`;
    const accept = [mediaTypes.dockerManifest, mediaTypes.ociManifest, mediaTypes.ociIndex].join(', ');
    const { headers } = await fetch(`${manifests}/${tag}`, { method: 'HEAD', headers: { accept } });
    const deleted = await fetch(`${manifests}/${headers.get('docker-content-digest')}`, { method: 'DELETE' });
    expect(deleted.status).toBe(202);
  }

  async function finished(progress: NodeJS.ReadableStream): Promise<void> {
    for await (const data of progress) expect(String(data)).not.toContain('"error"');
  }
});
