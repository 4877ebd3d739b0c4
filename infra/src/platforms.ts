/** Short names of the platforms linux/arm64 and linux/amd64, as tags, queues and props carry them. */
export type PlatformName = 'arm64' | 'amd64';
