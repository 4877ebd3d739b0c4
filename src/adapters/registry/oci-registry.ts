import { z } from 'zod';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import {
  type Descriptor,
  type ImageConfig,
  manifestMediaType,
  mediaTypes,
  parseImageConfig,
} from '../../domain/image-document.ts';
import {
  digestOf,
  formatRepository,
  type ImageRepository,
  isDigest,
  isTag,
  parseDigest,
  parseImageRepository,
  parseTag,
} from '../../domain/image-reference.ts';
import { placeholderFor } from '../../domain/placeholder.ts';
import { readJson } from '../../domain/strict-json.ts';
import { type Clock, systemClock } from '../../ports/clock.ts';
import type { Manifest, Registry, StoredManifest } from '../../ports/registry.ts';
import type { Environment } from '../network/environment.ts';
import type { HttpAnswer } from '../network/http-exchange.ts';
import { Network } from '../network/network.ts';
import type { CredentialsOf } from './credentials-of.ts';
import { type RegistryCall, RegistryClient } from './registry-client.ts';
import { complaintOf, deletionRefused, reportsImmutable, reportsUnsupported } from './registry-errors.ts';

/** Credentials, certificates and limits of a registry. */
export interface RegistryOptions {
  /** Called when the registry asks for a login, and again when it refuses that. @default anonymous access */
  readonly credentials?: CredentialsOf | undefined;
  /** PEM file with a private CA, trusted in addition to the system's. */
  readonly caFile?: string | undefined;
  /** `host` or `host:port`: without certificate checks, and with plain http. @default none but loopback, for http */
  readonly insecureHosts?: readonly string[] | undefined;
  /** Whether the registry is known to refuse to move a tag. The distribution API cannot report that. @default never */
  readonly immutableTags?: ((tag: string) => Promise<boolean>) | undefined;
  /** Environment for proxies and certificates. @default process.env */
  readonly environment?: Environment | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

/** A registry with connections of its own. */
export interface OpenRegistry extends Registry {
  /** Closes connections that were kept open. */
  close(): Promise<void>;
}

/** Longest manifest and configuration: the limit of registries themselves, in bytes. */
const longestDocument = 4 * 1024 * 1024;
const longestError = 64 * 1024;
const tagsPerPage = 1000;
/** A tag that need not exist: only the response matters. */
const checkTag = 'twinhull-check';
const acceptManifests = { accept: Object.values(mediaTypes).join(', ') };

/**
 * Opens the repository `host[:port]/path`, without sending a request.
 * @throws ImageReferenceInvalid
 * @throws SettingInvalid when the CA file cannot be used
 */
export function openRegistry(repository: string, options: RegistryOptions = {}): OpenRegistry {
  return new OciRegistry(parseImageRepository(repository), options);
}

class OciRegistry implements OpenRegistry {
  readonly untaggedImages = 'stay';
  readonly repository: string;
  readonly #network: Network;
  readonly #client: RegistryClient;
  readonly #immutableTags: (tag: string) => Promise<boolean>;

  constructor(repository: ImageRepository, options: RegistryOptions) {
    const {
      environment = process.env,
      caFile,
      insecureHosts = [],
      clock = systemClock,
      random = Math.random,
    } = options;
    const { credentials = async () => undefined, immutableTags = async () => false } = options;
    this.repository = formatRepository(repository);
    this.#network = new Network({ environment, caFile, insecureHosts: new Set(insecureHosts) });
    this.#client = new RegistryClient({ repository, network: this.#network, credentials, clock, random });
    this.#immutableTags = immutableTags;
  }

  async getManifest(reference: string): Promise<StoredManifest | undefined> {
    const name = this.#name(reference);
    const call = this.#read(`manifests/${reference}`, `read ${name}`, acceptManifests);
    const answer = await this.#client.call(call);
    if (answer.status === 404) return undefined;
    const bytes = this.#wholeBody(answer, call, `manifest ${name}`);
    const expected = isDigest(reference) ? reference : sha256Of(answer);
    const digest = verifiedDigest(bytes, expected, `manifest ${name}`);
    return { mediaType: manifestMediaType(answer.header('content-type'), bytes), bytes, digest };
  }

  async resolve(reference: string): Promise<string | undefined> {
    const doing = `look up ${this.#name(reference)}`;
    const call = { ...this.#read(`manifests/${reference}`, doing, acceptManifests), method: 'HEAD' } as const;
    const answer = await this.#client.call(call);
    if (answer.status === 404) return undefined;
    const digest = isDigest(reference) ? reference : sha256Of(answer);
    if (answer.status === 200 && digest !== undefined) return digest;
    // Some registries omit the digest or do not support HEAD, and the reason of a refusal is in the body.
    return (await this.getManifest(reference))?.digest;
  }

  async getImageConfig({ digest, size }: Descriptor): Promise<ImageConfig> {
    const name = `image configuration ${this.repository}@${parseDigest(digest)}`;
    const call = this.#read(`blobs/${digest}`, `read ${name}`);
    const bytes = this.#wholeBody(await this.#client.call(call), call, name);
    verifiedDigest(bytes, digest, name);
    if (bytes.length === size) return parseImageConfig(bytes);
    throw new TwinhullError('VerifyFailed', `${name} has ${bytes.length} bytes, but its manifest describes ${size}`);
  }

  async putManifest(reference: string, manifest: Manifest): Promise<void> {
    const name = this.#name(reference);
    const digest = digestOf(manifest.bytes);
    if (isDigest(reference) && reference !== digest) {
      throw new TwinhullError('InternalError', `cannot store ${name}: the digest of the bytes is ${digest}`);
    }
    const call: RegistryCall = {
      method: 'PUT',
      path: `manifests/${reference}`,
      access: 'push',
      doing: `store ${name}`,
      headers: { 'content-type': manifest.mediaType },
      body: manifest.bytes,
      limit: longestError,
    };
    const answer = await this.#client.call(call);
    if (answer.status >= 200 && answer.status < 300) return;
    const refused = this.#client.refusal(answer, call);
    if (!reportsImmutable(answer)) throw refused;
    // An immutable repository may even refuse a manifest that it already has.
    if ((await this.resolve(reference)) === digest) return;
    throw new TwinhullError('TagImmutable', `cannot move ${name}: ${refused.message}`, { cause: refused });
  }

  isImmutable(tag: string): Promise<boolean> {
    return this.#immutableTags(parseTag(tag));
  }

  async listTags(): Promise<readonly string[]> {
    const tags = new Set<string>();
    let path: string | undefined = `tags/list?n=${tagsPerPage}`;
    while (path !== undefined) {
      const call = this.#read(path, `list the tags of ${this.repository}`);
      const answer = await this.#client.call(call);
      if (answer.status === 404) break;
      const page = parseTagPage(this.#wholeBody(answer, call, `the tags of ${this.repository}`), this.repository);
      const known = tags.size;
      for (const tag of page) tags.add(tag);
      // A registry that ignores the page parameter would send the same page for ever.
      path = tags.size === known ? undefined : nextPage(answer.header('link'), tagsPerPage);
    }
    return [...tags].sort();
  }

  async checkDeletion(): Promise<void> {
    // No manifest has this digest, so the response only shows whether deletion is allowed.
    await this.#delete(digestOf(Buffer.from(checkTag)), `delete from ${this.repository}`);
  }

  /**
   * Registries differ on `DELETE` with a tag: some refuse it, some remove the image with all its tags. So the tag is
   * first moved to a manifest that no other tag names, which is then deleted by digest.
   */
  async deleteTag(tag: string, digest: string): Promise<void> {
    const current = await this.getManifest(parseTag(tag));
    if (current?.digest !== digest) return;
    const placeholder = placeholderFor(current, tag);
    await this.putManifest(tag, placeholder);
    await this.deleteManifest(placeholder.digest);
  }

  async deleteManifest(digest: string): Promise<void> {
    await this.#delete(digest, `delete ${this.repository}@${parseDigest(digest)}`);
  }

  async #delete(digest: string, doing: string): Promise<void> {
    const path = `manifests/${digest}`;
    const call: RegistryCall = { method: 'DELETE', path, access: 'delete', doing, limit: longestError };
    const answer = await this.#client.call(call);
    if (answer.status === 404 || (answer.status >= 200 && answer.status < 300)) return;
    const refused = this.#client.refusal(answer, call);
    throw reportsUnsupported(answer) ? deletionRefused(refused) : refused;
  }

  async check(): Promise<void> {
    const call = this.#read(`manifests/${checkTag}`, `reach ${this.repository}`, acceptManifests);
    const answer = await this.#client.call(call);
    if (answer.status === 200) return;
    if (answer.status !== 404) throw this.#client.refusal(answer, call);
    if (complaintOf(answer) !== undefined) return;
    throw new TwinhullError('RegistryRefused', `cannot ${call.doing}: ${answer.url.host} is not an image registry`, {
      hint: 'check the host and port of the repository',
    });
  }

  async close(): Promise<void> {
    await this.#network.close();
  }

  /** The reference in the form that users write. @throws ImageReferenceInvalid */
  #name(reference: string): string {
    if (reference.includes(':')) return `${this.repository}@${parseDigest(reference)}`;
    return `${this.repository}:${parseTag(reference)}`;
  }

  #read(path: string, doing: string, headers: Readonly<Record<string, string>> = {}): RegistryCall {
    return { method: 'GET', path, access: 'pull', doing, headers, limit: longestDocument };
  }

  #wholeBody(answer: HttpAnswer, call: RegistryCall, what: string): Buffer {
    if (answer.status !== 200) throw this.#client.refusal(answer, call);
    if (!answer.truncated) return answer.body;
    throw new TwinhullError('RegistryRefused', `${what} is larger than 4 MiB`);
  }
}

function sha256Of(answer: HttpAnswer): string | undefined {
  const digest = answer.header('docker-content-digest') ?? '';
  return isDigest(digest) ? digest : undefined;
}

function verifiedDigest(bytes: Buffer, expected: string | undefined, what: string): string {
  const digest = digestOf(bytes);
  if (expected === undefined || digest === expected) return digest;
  throw new TwinhullError('RegistryRefused', `${what} has other bytes than ${expected}: their digest is ${digest}`, {
    hint: 'try again; if it persists, check the proxy and the storage of the registry, one of which corrupts data',
  });
}

/** docker-registry returns null once the last tag is removed. */
const tagPage = z.object({ tags: z.array(z.string()).nullish() });

/** @throws RegistryRefused when it is no list of tags */
export function parseTagPage(bytes: Buffer, repository: string): readonly string[] {
  try {
    return (tagPage.parse(readJson(bytes)).tags ?? []).filter(isTag);
  } catch (cause) {
    throw new TwinhullError('RegistryRefused', `the response to the tag list of ${repository} is not a list of tags`, {
      cause,
    });
  }
}

/**
 * Path of the next page from a `Link` header, relative to the repository; undefined after the last one. Only the `last`
 * parameter is used: host and path stay the known ones
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags).
 */
export function nextPage(link: string | undefined, perPage: number): string | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? '')?.[1];
  if (target === undefined || !URL.canParse(target, 'http://registry')) return undefined;
  const last = new URL(target, 'http://registry').searchParams.get('last');
  return last === null ? undefined : `tags/list?${new URLSearchParams({ n: String(perPage), last }).toString()}`;
}
