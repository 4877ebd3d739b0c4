import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { fetchBusybox } from '../busybox.ts';
import { pushImage } from '../images/push-image.ts';
import { hasIndex, platformTag, pushIndex } from '../images/push-index.ts';
import type { LabContext, Part } from '../part.ts';
import { architectureOf, type LabPlatform, labPlatforms, nativePlatform } from '../platforms.ts';
import { run } from '../run.ts';
import { registryHost } from './registry.ts';

const repository = 'lab/busybox';
const tag = '1';

/** The smallest image with a shell, and the base image of most tests. */
export const busyboxImagePart: Part = {
  name: 'busybox image',
  needs: ['registry', 'emulation'],

  async check(context) {
    return (await hasIndex(registryHost(context), repository, tag)) ? undefined : 'not in the registry';
  },

  async start(context) {
    const applets = await listApplets(context);
    await Promise.all(labPlatforms.map((platform) => pushBusybox(context, platform, applets)));
    await pushIndex(registryHost(context), repository, tag);
  },
};

export function busyboxReference(context: LabContext): string {
  return `${registryHost(context)}/${repository}:${tag}`;
}

async function listApplets(context: LabContext): Promise<readonly string[]> {
  const listed = await run(await fetchBusybox(context, nativePlatform), ['--list']);
  return listed.split('\n').filter((name) => name !== '' && name !== 'busybox');
}

async function pushBusybox(context: LabContext, platform: LabPlatform, applets: readonly string[]): Promise<void> {
  const program = readFileSync(await fetchBusybox(context, platform));
  mkdirSync(context.paths.workFolder, { recursive: true });
  await pushImage({
    host: registryHost(context),
    repository,
    tag: platformTag(tag, platform),
    platform,
    layer: layerOf(program, applets),
    workFile: join(context.paths.workFolder, `busybox-${architectureOf(platform)}.tar.gz`),
    command: ['sh'],
  });
}

function layerOf(program: Buffer, applets: readonly string[]): Readable {
  const layer = pack();
  const mtime = new Date(0);
  for (const name of ['bin', 'etc', 'root', 'usr']) layer.entry({ name, type: 'directory', mode: 0o755, mtime });
  layer.entry({ name: 'tmp', type: 'directory', mode: 0o1777, mtime });
  layer.entry({ name: 'bin/busybox', mode: 0o755, mtime }, program);
  for (const applet of applets) layer.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox', mtime });
  layer.entry({ name: 'usr/bin', type: 'symlink', linkname: '../bin', mtime });
  layer.entry({ name: 'etc/passwd', mode: 0o644, mtime }, 'root:x:0:0:root:/root:/bin/sh\n');
  layer.entry({ name: 'etc/group', mode: 0o644, mtime }, 'root:x:0:\n');
  layer.finalize();
  return Readable.from(layer);
}
