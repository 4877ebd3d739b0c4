import type { Platform } from '../../src/domain/platform.ts';

/** Short names of the platforms, as tags, queues and props carry them. */
export type PlatformName = 'arm64' | 'amd64';

export const platformNames: readonly PlatformName[] = ['arm64', 'amd64'];

export function platformOf(name: PlatformName): Platform {
  return `linux/${name}`;
}
