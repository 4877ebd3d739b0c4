import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { extractDebian } from './extract-debian.ts';
import type { LabContext } from './part.ts';
import { architectureOf, type LabPlatform } from './platforms.ts';

/**
 * Debian's static busybox of a platform, unpacked but not installed, so that no foreign architecture has to be added to
 * the machine's package system.
 */
export async function fetchBusybox({ paths }: LabContext, platform: LabPlatform): Promise<string> {
  const file = busyboxFile(paths.busyboxFolder, platform);
  if (existsSync(file)) return file;
  mkdirSync(paths.busyboxFolder, { recursive: true });
  mkdirSync(paths.workFolder, { recursive: true });
  const work = mkdtempSync(join(paths.workFolder, 'busybox-'));
  try {
    const root = join(work, 'root');
    await extractDebian(root, platform, ['--include=busybox-static']);
    const program = ['usr/bin/busybox', 'bin/busybox'].map((path) => join(root, path)).find((path) => existsSync(path));
    if (program === undefined) throw new Error(`the package busybox-static for ${platform} holds no bin/busybox`);
    renameSync(program, file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return file;
}

export function busyboxFile(folder: string, platform: LabPlatform): string {
  return join(folder, `busybox-${architectureOf(platform)}`);
}
