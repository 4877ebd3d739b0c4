import { createHash } from 'node:crypto';
import { Agent, fetch, type RequestInit, type Response } from 'undici';

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

interface Descriptor {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

export interface ManifestView {
  readonly digest: string;
  readonly mediaType: string;
  /** Of an index. */
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

export interface RegistryAccess {
  /** PEM of the CA that signed its certificate. */
  readonly ca?: string;
  readonly login?: { readonly user: string; readonly password: string };
}

/** The content of a repository of a registry, read by plain requests without any code under test. */
export class RegistryView {
  readonly #base: string;
  readonly #dispatcher: Agent;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(origin: string, path: string, { ca, login }: RegistryAccess = {}) {
    this.#base = `${origin}/v2/${path}`;
    this.#dispatcher = new Agent({ connect: { ...(ca !== undefined && { ca }) } });
    const pair = login === undefined ? undefined : Buffer.from(`${login.user}:${login.password}`).toString('base64');
    this.#headers = pair === undefined ? {} : { authorization: `Basic ${pair}` };
  }

  #fetch(
    path: string,
    options: Pick<RequestInit, 'method'> & { headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const headers = { ...this.#headers, ...options.headers };
    return fetch(`${this.#base}/${path}`, { ...options, headers, dispatcher: this.#dispatcher });
  }

  /** Without staging and cache tags, sorted. */
  async published(): Promise<readonly string[]> {
    return (await this.tags()).filter((tag) => !/^(?:staging|cache)-/.test(tag));
  }

  async tags(): Promise<readonly string[]> {
    const response = await this.#fetch(`tags/list`);
    if (response.status === 404) return [];
    const { tags } = (await response.json()) as { tags: string[] | null };
    return (tags ?? []).sort();
  }

  async manifest(reference: string): Promise<ManifestView> {
    const response = await this.#fetch(`manifests/${reference}`, { headers: { accept: manifestTypes } });
    if (!response.ok) throw new Error(`${this.#base}/manifests/${reference}: ${response.status}`);
    const text = await response.text();
    const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    return { ...(JSON.parse(text) as Omit<ManifestView, 'digest'>), digest };
  }

  async digest(tag: string): Promise<string> {
    return (await this.manifest(tag)).digest;
  }

  async blob(digest: string): Promise<Buffer> {
    const response = await this.#fetch(`blobs/${digest}`);
    if (!response.ok) throw new Error(`${this.#base}/blobs/${digest}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** Manifests of images of one platform that any tag reaches, each once. */
  async images(): Promise<readonly ManifestView[]> {
    const found = new Map<string, ManifestView>();
    for (const tag of await this.tags()) {
      const manifest = await this.manifest(tag);
      const digests = manifest.manifests?.map(({ digest }) => digest) ?? [];
      const images = await Promise.all(digests.map((digest) => this.manifest(digest)));
      for (const image of manifest.manifests === undefined ? [manifest] : images) found.set(image.digest, image);
    }
    return [...found.values()];
  }

  /** Removes every manifest that a tag points to. */
  async clear(): Promise<void> {
    for (const tag of await this.tags()) {
      const digest = await this.digest(tag).catch(() => undefined);
      if (digest !== undefined) await this.#fetch(`manifests/${digest}`, { method: 'DELETE' });
    }
  }
}
