import type { Descriptor, ImageConfig } from '../domain/image-document.ts';

/**
 * One repository in an OCI registry, accessed by the distribution API
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md): without docker, and without copying layers.
 *
 * Errors: `RegistryUnreachable` (network, TLS, timeouts, 5xx and 429 after retries), `RegistryAccessDenied` (401, 403),
 * `TagImmutable` (the registry refuses to move a tag), `DeletionRefused` (it does not delete), `RegistryRefused` (any
 * other refusal).
 */
export interface Registry {
  /** `host[:port]/path`, the beginning of an image reference. */
  readonly repository: string;

  /** The manifest of a tag or digest, its digest computed from the bytes received; undefined when there is none. */
  getManifest(reference: string): Promise<StoredManifest | undefined>;

  /** The digest a tag or digest resolves to, without the body; undefined when there is none. */
  resolve(reference: string): Promise<string | undefined>;

  /** The image configuration (at most 4 MiB), checked against the digest and size in its manifest. */
  getImageConfig(described: Descriptor): Promise<ImageConfig>;

  /** Stores `manifest.bytes` unchanged under a tag or its own digest. Storing the same again is no error. */
  putManifest(reference: string, manifest: Manifest): Promise<void>;

  /** Whether the registry is known to refuse to move `tag`. */
  isImmutable(tag: string): Promise<boolean>;

  /** Every tag, sorted; none where the repository does not exist. */
  listTags(): Promise<readonly string[]>;

  /**
   * What happens to an image when its last tag is removed: it stays, reachable by digest and by the indexes that name
   * it, or goes with the tag.
   */
  readonly untaggedImages: 'stay' | 'go';

  /**
   * Checks that tags and images can be removed, and removes nothing.
   * @throws DeletionRefused with what to enable
   */
  checkDeletion(): Promise<void>;

  /**
   * Removes a tag if it points to `digest`, and never an image that another tag names. A tag that is gone or has moved
   * is no error.
   */
  deleteTag(tag: string, digest: string): Promise<void>;

  /** Removes an image or index by its digest, and every tag that points to it. A missing one is no error. */
  deleteManifest(digest: string): Promise<void>;

  /** Checks that the repository can be reached and read with the current credentials. */
  check(): Promise<void>;
}

/** A manifest or index in its exact bytes, of which its digest is made. */
export interface Manifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** A manifest from the registry; its bytes were checked against `digest`. */
export interface StoredManifest extends Manifest {
  readonly digest: string;
}
