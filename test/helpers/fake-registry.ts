import { TwinhullError } from '../../src/domain/errors/twinhull-error.ts';
import { type Descriptor, type ImageConfig, mediaTypes, parseImageConfig } from '../../src/domain/image-document.ts';
import { digestOf, isDigest } from '../../src/domain/image-reference.ts';
import { placeholderFor } from '../../src/domain/placeholder.ts';
import { type Platform, platformArchitecture, platformOs } from '../../src/domain/platform.ts';
import type { Manifest, Registry, StoredManifest } from '../../src/ports/registry.ts';

/** `lost-before`: no answer, nothing done; `lost-after`: done, but no answer; `refused`: an answer that refuses. */
export type RegistryFault = 'lost-before' | 'lost-after' | 'refused';

export type RegistryOperation = 'get' | 'resolve' | 'config' | 'put' | 'check' | 'list' | 'delete';

export interface FakeRegistryOptions {
  readonly repository?: string;
  /** Called before each call. */
  readonly fault?: (operation: RegistryOperation, reference: string) => RegistryFault | undefined;
}

/**
 * A fake: one repository of a registry, in memory. It computes digests from bytes and keeps what it is given, as a
 * registry does, and fails on request.
 */
export class FakeRegistry implements Registry {
  readonly repository: string;
  /** While true nothing answers. */
  down = false;
  /** Which tags may not be moved once they exist. */
  immutable: (tag: string) => boolean = () => false;
  /** What the registry has but does not show, like one with replicas right after a push. */
  hides: (reference: string) => boolean = () => false;
  fault: (operation: RegistryOperation, reference: string) => RegistryFault | undefined;
  /** Every tag that `putManifest` changed, oldest first. */
  readonly moves: { readonly tag: string; readonly from: string | undefined; readonly to: string }[] = [];
  untaggedImages: 'stay' | 'go' = 'stay';
  readonly #manifests = new Map<string, Manifest>();
  readonly #blobs = new Map<string, Buffer>();
  readonly #tags = new Map<string, string>();

  constructor(options: FakeRegistryOptions = {}) {
    this.repository = options.repository ?? 'registry.example/acme/model';
    this.fault = options.fault ?? (() => undefined);
  }

  async getManifest(reference: string): Promise<StoredManifest | undefined> {
    return this.#answer('get', reference, () => {
      const digest = this.hides(reference) ? undefined : this.#resolve(reference);
      const manifest = digest === undefined ? undefined : this.#manifests.get(digest);
      return manifest && digest !== undefined ? { ...manifest, digest } : undefined;
    });
  }

  async resolve(reference: string): Promise<string | undefined> {
    return this.#answer('resolve', reference, () => this.#resolve(reference));
  }

  async getImageConfig({ digest }: Descriptor): Promise<ImageConfig> {
    return this.#answer('config', digest, () => {
      const bytes = this.#blobs.get(digest);
      if (bytes === undefined) throw new TwinhullError('RegistryRefused', `${digest} is not there`);
      return parseImageConfig(bytes);
    });
  }

  async putManifest(reference: string, manifest: Manifest): Promise<void> {
    return this.#answer('put', reference, () => {
      const digest = digestOf(manifest.bytes);
      const current = this.#tags.get(reference);
      if (current !== undefined && current !== digest && this.immutable(reference)) {
        throw new TwinhullError('TagImmutable', `${this.repository}:${reference} is immutable`);
      }
      this.#manifests.set(digest, manifest);
      if (isDigest(reference)) return;
      if (current !== digest) this.moves.push({ tag: reference, from: current, to: digest });
      this.#tags.set(reference, digest);
    });
  }

  async isImmutable(tag: string): Promise<boolean> {
    return this.immutable(tag);
  }

  async listTags(): Promise<readonly string[]> {
    return this.#answer('list', '', () => [...this.#tags.keys()].sort());
  }

  async checkDeletion(): Promise<void> {
    return this.#answer('delete', '', () => undefined);
  }

  async deleteTag(tag: string, digest: string): Promise<void> {
    if (this.untaggedImages === 'stay') return this.#deleteByPlaceholder(tag, digest);
    return this.#answer('delete', tag, () => {
      if (this.#tags.get(tag) !== digest) return;
      this.#tags.delete(tag);
      if (![...this.#tags.values()].includes(digest)) this.#manifests.delete(digest);
    });
  }

  async deleteManifest(digest: string): Promise<void> {
    return this.#answer('delete', digest, () => this.remove(digest));
  }

  async check(): Promise<void> {
    return this.#answer('check', '', () => undefined);
  }

  /** What a tag points to, without a call that could fail. */
  peek(tag: string): string | undefined {
    return this.#tags.get(tag);
  }

  peekManifest(digest: string): Manifest | undefined {
    return this.#manifests.get(digest);
  }

  /** The bytes of the configuration of a pushed image. */
  peekBlob(digest: string): Buffer | undefined {
    return this.#blobs.get(digest);
  }

  /** Removes an image or index, and every tag that points to it. */
  remove(digest: string): void {
    this.#manifests.delete(digest);
    for (const [tag, target] of this.#tags) if (target === digest) this.#tags.delete(tag);
  }

  /** What `docker push` does. @param salt makes the image differ from others @returns its digest */
  push(tag: string, platform: Platform, salt: string, labels?: Readonly<Record<string, string>>): string {
    const layer = Buffer.from(salt);
    const config = Buffer.from(
      JSON.stringify({
        os: platformOs(platform),
        architecture: platformArchitecture(platform),
        rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
        salt,
        ...(labels && { config: { Labels: labels } }),
      }),
    );
    const descriptor = (bytes: Buffer, mediaType: string) => ({
      mediaType,
      digest: digestOf(bytes),
      size: bytes.length,
    });
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.dockerManifest,
      config: descriptor(config, 'application/vnd.docker.container.image.v1+json'),
      layers: [descriptor(layer, 'application/vnd.docker.image.rootfs.diff.tar.gzip')],
    };
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = digestOf(bytes);
    this.#blobs.set(digestOf(config), config);
    this.#manifests.set(digest, { mediaType: mediaTypes.dockerManifest, bytes });
    this.#tags.set(tag, digest);
    return digest;
  }

  /** In two calls, as required by a registry that cannot delete a single tag: either may be the last. */
  async #deleteByPlaceholder(tag: string, digest: string): Promise<void> {
    const current = await this.getManifest(tag);
    if (current?.digest !== digest) return;
    const placeholder = placeholderFor(current, tag);
    await this.putManifest(tag, placeholder);
    await this.deleteManifest(placeholder.digest);
  }

  #resolve(reference: string): string | undefined {
    if (!isDigest(reference)) return this.#tags.get(reference);
    return this.#manifests.has(reference) ? reference : undefined;
  }

  #answer<T>(operation: RegistryOperation, reference: string, work: () => T): T {
    const fault = this.down ? 'lost-before' : this.fault(operation, reference);
    if (fault === 'refused')
      throw new TwinhullError('RegistryRefused', `the registry refused to ${operation} ${reference}`);
    if (fault === 'lost-before') throw unreachable(operation, reference);
    const answer = work();
    if (fault === 'lost-after') throw unreachable(operation, reference);
    return answer;
  }
}

function unreachable(operation: string, reference: string): TwinhullError {
  return new TwinhullError('RegistryUnreachable', `the registry does not answer to ${operation} ${reference}`);
}
