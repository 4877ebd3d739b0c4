/**
 * One repository in an OCI registry, by the distribution API
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md): no docker, no layer copied.
 *
 * Errors: `RegistryUnreachable` (network, TLS, timeouts, 5xx and 429 after retries), `RegistryAccessDenied` (401, 403),
 * `TagImmutable` (the registry refuses to move a tag), `DeletionRefused` (it does not delete), `RegistryRefused` (any
 * other refusal).
 */
export interface Registry {
  /** `host[:port]/path`, as image references begin. */
  readonly repository: string;

  /** The manifest that a tag or digest names, its digest computed from the bytes received; undefined when there is none. */
  getManifest(reference: string): Promise<StoredManifest | undefined>;

  /** The digest a tag or digest resolves to, without the body; undefined when there is none. */
  resolve(reference: string): Promise<string | undefined>;

  /** The image configuration blob (at most 4 MiB), checked against its digest. */
  getImageConfig(digest: string): Promise<ImageConfig>;

  /** Stores `manifest.bytes` unchanged under a tag or its own digest. Storing the same again is no error. */
  putManifest(reference: string, manifest: Manifest): Promise<void>;

  /** Whether the registry is known to refuse to move `tag`. */
  isImmutable(tag: string): Promise<boolean>;

  /** Every tag, sorted; none where the repository does not exist. */
  listTags(): Promise<readonly string[]>;

  /**
   * What becomes of an image whose last tag goes: does it `stay`, reachable by digest and by the indexes
   * that name it, or `go` with the tag?
   */
  readonly untaggedImages: 'stay' | 'go';

  /**
   * Proves that tags and images can be removed, and removes nothing.
   * @throws DeletionRefused saying what to switch on
   */
  checkDeletion(): Promise<void>;

  /**
   * Takes a tag away if it points to `digest`, and never an image that another tag names. A tag that is gone or has
   * moved is no error.
   */
  deleteTag(tag: string, digest: string): Promise<void>;

  /** Removes an image or index by its digest, and every tag that points to it. One that is gone is no error. */
  deleteManifest(digest: string): Promise<void>;

  /** Proves that the repository can be reached and read with the credentials at hand. */
  check(): Promise<void>;
}

export interface Manifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface StoredManifest extends Manifest {
  readonly digest: string;
}

export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
}
