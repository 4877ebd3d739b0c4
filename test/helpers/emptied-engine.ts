import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readLab } from '../../lab/lab.ts';
import { BuilderBed, type BuilderJob, type EndedJob } from './builder-jobs.ts';
import { OwnEngine } from './own-engine.ts';
import { type RegistryServer, startRegistry } from './registry-server.ts';

const manifests = 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json';

/** Builders on an engine of one test file, which has no image when a test begins, and a registry. */
export class EmptiedEngine {
  readonly bed: BuilderBed;
  readonly registry: RegistryServer;
  readonly #engine: OwnEngine;
  #salt = '';

  private constructor(bed: BuilderBed, registry: RegistryServer, engine: OwnEngine) {
    this.bed = bed;
    this.registry = registry;
    this.#engine = engine;
  }

  static async start(): Promise<EmptiedEngine> {
    const lab = await readLab();
    if (lab === undefined) throw new Error('there is no lab on this machine: npm run lab:up');
    const engine = await OwnEngine.start(lab);
    const bed = await BuilderBed.open({ engine: { ...lab.engine, host: engine.host } });
    return new EmptiedEngine(bed, await startRegistry(), engine);
  }

  /** Begins a test, in a repository of its own. */
  async begin(): Promise<void> {
    this.#salt = randomUUID();
    await this.empty();
  }

  /** Text that no other test uses, so that no layer of another test fits. */
  get salt(): string {
    return this.#salt;
  }

  /** Path of the test's repository in the registry. */
  get path(): string {
    return `cache/${this.#salt}`;
  }

  /** `host[:port]/path` of the test's repository. */
  get destination(): string {
    return `${this.registry.host}/${this.path}`;
  }

  async empty(): Promise<void> {
    await this.#engine.empty();
  }

  /** Runs a job that publishes to the test's repository. */
  async run(job: BuilderJob): Promise<EndedJob> {
    return await this.bed.run({ destination: this.destination, network: 'host', ...job });
  }

  /** Reads `tags/list`, `manifests/…` or `blobs/…` of the test's repository. */
  async read(resource: string, method: 'GET' | 'HEAD' = 'GET') {
    return await this.registry.request(method, `/v2/${this.path}/${resource}`, { headers: { accept: manifests } });
  }

  async json<T>(resource: string): Promise<T> {
    return (await (await this.read(resource)).body.json()) as T;
  }

  /** The folder in which the registry stores a blob. */
  blobFolder(digest: string): string {
    const hex = digest.slice('sha256:'.length);
    return join(this.registry.storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex);
  }

  async dispose(): Promise<void> {
    await this.bed.dispose();
    await this.registry.stop();
    await this.#engine.stop();
  }
}
