/**
 * The platforms that Twinhull builds for, in the OCI form `os/architecture`
 * (https://github.com/opencontainers/image-spec/blob/main/image-index.md).
 */
export const platforms = ['linux/arm64', 'linux/amd64'] as const;

export type Platform = (typeof platforms)[number];

export function isPlatform(value: string): value is Platform {
  return (platforms as readonly string[]).includes(value);
}

export type PlatformSuffix = 'arm64' | 'amd64';

/** `linux/arm64` -> `arm64`: the short form in tags, queue names and container names. */
export function platformSuffix(platform: Platform): PlatformSuffix {
  return platform === 'linux/arm64' ? 'arm64' : 'amd64';
}

export function platformArchitecture(platform: Platform): string {
  return platform.slice(platform.indexOf('/') + 1);
}

export function platformOs(platform: Platform): string {
  return platform.slice(0, platform.indexOf('/'));
}
