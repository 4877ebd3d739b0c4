/** An image that another was built from, as the engine resolved it. */
export interface BaseImage {
  /** As in the Dockerfile, with its host: `docker.io/library/debian:bookworm`. */
  readonly reference: string;
  /** Digest of its index if it has one. Undefined for an image that exists only on the engine. */
  readonly digest?: string | undefined;
}
