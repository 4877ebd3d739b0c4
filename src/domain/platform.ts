/**
 * The platforms that Twinhull builds for, in the OCI form `os/architecture`
 * (https://github.com/opencontainers/image-spec/blob/main/image-index.md).
 */
export const platforms = ['linux/arm64', 'linux/amd64'] as const;

/** The only form in which a platform is stored and shown. */
export type Platform = (typeof platforms)[number];

/** Whether Twinhull builds for it; `linux/aarch64` and `linux/arm64/v8` are other spellings, and are refused. */
export function isPlatform(value: string): value is Platform {
  return (platforms as readonly string[]).includes(value);
}

/** The form that is allowed in tags and names, where `/` is not. */
export type PlatformSuffix = 'arm64' | 'amd64';

/** `linux/arm64` -> `arm64`: the short form in tags, queue names and container names. */
export function platformSuffix(platform: Platform): PlatformSuffix {
  return platform === 'linux/arm64' ? 'arm64' : 'amd64';
}

/** The architecture as OCI and Go name it. */
export function platformArchitecture(platform: Platform): string {
  return platform.slice(platform.indexOf('/') + 1);
}

/** The operating system as OCI and Go name it. */
export function platformOs(platform: Platform): string {
  return platform.slice(0, platform.indexOf('/'));
}
