import { arch } from 'node:os';

export type LabPlatform = 'linux/arm64' | 'linux/amd64';

export const labPlatforms: readonly LabPlatform[] = ['linux/arm64', 'linux/amd64'];

export const nativePlatform: LabPlatform = arch() === 'arm64' ? 'linux/arm64' : 'linux/amd64';

export const foreignPlatform: LabPlatform = nativePlatform === 'linux/arm64' ? 'linux/amd64' : 'linux/arm64';

/** Debian's name of the architecture, which is also the last component of the platform. */
export function architectureOf(platform: LabPlatform): string {
  return platform.slice('linux/'.length);
}

/** The kernel's name of the architecture: `uname -m`, and the end of QEMU's program names. */
export function machineOf(platform: LabPlatform): string {
  return platform === 'linux/arm64' ? 'aarch64' : 'x86_64';
}
