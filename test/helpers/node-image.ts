import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extendImage } from '../../lab/images/extend-image.ts';
import { hasIndex, platformTag, pushIndex } from '../../lab/images/push-index.ts';
import type { Lab } from '../../lab/lab.ts';
import { labPlatforms } from '../../lab/platforms.ts';
import { run } from '../../lab/run.ts';

const tag = 'node24';

/**
 * A stand-in for `node:24-bookworm-slim`: the lab's Debian with Node and npm from the npm registry, as an index over
 * both platforms. Built once for each lab, and then kept in its registry.
 *
 * @returns its name
 */
export async function ensureNodeImage({ registry: { host }, images }: Lab): Promise<string> {
  const [repository = '', debian = ''] = images.debian.slice(`${host}/`.length).split(':');
  if (!(await hasIndex(host, repository, tag))) {
    const work = await mkdtemp(join(tmpdir(), 'twinhull-node-image-'));
    try {
      for (const platform of labPlatforms) {
        const [root, workFile] = [join(work, tag), join(work, 'layer.tar.gz')];
        await installNode(root, platform === 'linux/arm64' ? 'arm64' : 'x64');
        const tar = spawn('tar', ['--create', '--directory', root, '--owner=0', '--group=0', '--sort=name', '.'], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const names = { from: platformTag(debian, platform), tag: platformTag(tag, platform) };
        await extendImage({ host, repository, ...names, layer: tar.stdout, workFile });
        await rm(root, { recursive: true });
      }
      await pushIndex(host, repository, tag);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  return `${host}/${repository}:${tag}`;
}

/** As in Node's own images: everything in /usr/local. */
async function installNode(root: string, architecture: 'arm64' | 'x64'): Promise<void> {
  const local = join(root, 'usr/local');
  await unpack(`node-linux-${architecture}@24`, local, ['--strip-components=1', 'package/bin/node']);
  await unpack('npm@11', join(local, 'lib/node_modules/npm'), ['--strip-components=1']);
  for (const name of ['npm', 'npx'])
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
}

/** A package of the npm registry, without its dependencies. */
async function unpack(name: string, folder: string, options: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const packed = await run('npm', ['pack', name, '--json', '--pack-destination', folder]);
  const [{ filename }] = JSON.parse(packed) as [{ readonly filename: string }];
  const file = join(folder, filename);
  await run('tar', ['--extract', '--gzip', '--file', file, '--directory', folder, '--no-same-owner', ...options]);
  await rm(file);
}
