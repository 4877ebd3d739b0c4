import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aptSettings } from '../debian-sources.ts';
import { extractDebian } from '../extract-debian.ts';
import { LabError } from '../lab-error.ts';
import { architectureOf, type LabPlatform } from '../platforms.ts';
import { run, toolPath } from '../run.ts';
import { pushImage } from './push-image.ts';

export interface DebianImage {
  readonly host: string;
  readonly repository: string;
  readonly tag: string;
  readonly platform: LabPlatform;
  readonly workFolder: string;
}

const unpackScript = fileURLToPath(new URL('unpack-debian.sh', import.meta.url));
const minimalSystem = ['?essential', '?priority(required)', 'apt', 'usr-is-merged'];
const leftOut = [
  './dev/*',
  './proc/*',
  './run/*',
  './tmp/*',
  './var/cache/apt/*',
  './var/lib/apt/lists/*',
  './var/log/*',
];

/** Builds a minimal Debian from the mirror's packages, where no hub can be reached to pull one from. */
export async function bootstrapDebian(image: DebianImage): Promise<void> {
  mkdirSync(image.workFolder, { recursive: true });
  const work = mkdtempSync(join(image.workFolder, `debian-${architectureOf(image.platform)}-`));
  const root = join(work, 'root');
  try {
    await installDebian(root, image.platform);
    await pushRoot(root, work, image);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function installDebian(root: string, platform: LabPlatform): Promise<void> {
  const options = [
    ...minimalSystem.map((name) => `--include=${name}`),
    '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
    '--skip=cleanup/apt',
  ];
  await extractDebian(root, platform, options);
  await run(unpackScript, [root, architectureOf(platform)]);
  await adaptToContainers(root);
}

/** Like Debian's own container images: no service starts in a build, and apt leaves no caches in layers. */
async function adaptToContainers(root: string): Promise<void> {
  const write = (path: string, text: string): void => writeFileSync(join(root, path), text);
  write('usr/sbin/policy-rc.d', '#!/bin/sh\nexit 101\n');
  chmodSync(join(root, 'usr/sbin/policy-rc.d'), 0o755);
  write('etc/dpkg/dpkg.cfg.d/lab-unsafe-io', 'force-unsafe-io\n');
  write(
    'etc/dpkg/dpkg.cfg.d/lab-no-documentation',
    'path-exclude /usr/share/doc/*\npath-include /usr/share/doc/*/copyright\npath-exclude /usr/share/man/*\npath-exclude /usr/share/info/*\npath-exclude /usr/share/locale/*\n',
  );
  write(
    'etc/apt/apt.conf.d/90lab',
    `${await aptSettings()}Acquire::Languages "none";\nDir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n`,
  );
  write('etc/hostname', 'localhost\n');
  rmSync(join(root, 'etc/resolv.conf'), { force: true });
}

async function pushRoot(root: string, work: string, image: DebianImage): Promise<void> {
  const excludes = leftOut.map((pattern) => `--exclude=${pattern}`);
  const args = [
    '--create',
    '--directory',
    root,
    '--numeric-owner',
    '--sort=name',
    '--one-file-system',
    ...excludes,
    '.',
  ];
  const tar = spawn('tar', args, { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: toolPath } });
  const ended = new Promise<void>((resolve, reject) => {
    tar.once('error', reject);
    tar.once('close', (code) =>
      code === 0 ? resolve() : reject(new LabError(`tar of ${root} ended with exit code ${code}`)),
    );
  });
  const { host, repository, tag, platform } = image;
  const workFile = join(work, 'layer.tar.gz');
  await Promise.all([
    ended,
    pushImage({ host, repository, tag, platform, layer: tar.stdout, workFile, command: ['bash'] }),
  ]);
}
