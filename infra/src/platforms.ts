/** Short names of the platforms linux/arm64 and linux/amd64, as used in tags, queues and props. */
export type PlatformName = 'arm64' | 'amd64';
