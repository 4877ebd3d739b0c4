import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import Docker from 'dockerode';
import { createRepository, type FileContent, type GitRepository, type Lab, readLab } from '../../lab/lab.ts';
import { DockerJobBackend } from '../../src/adapters/docker/docker-job-backend.ts';
import { parseEngineEndpoint } from '../../src/adapters/docker/engine-endpoint.ts';
import { openRegistry } from '../../src/adapters/registry/oci-registry.ts';
import type { PhaseMark } from '../../src/builder/contract.ts';
import { jobEnvironment } from '../../src/builder/job-environment.ts';
import { builderScript } from '../../src/builder/script.ts';
import { hostAudience, parseGitAudience } from '../../src/domain/git-audience.ts';
import { parseManifest } from '../../src/domain/image-document.ts';
import type { CheckoutOptions, Plan, PlannedStep } from '../../src/domain/plan.ts';
import type { Platform } from '../../src/domain/platform.ts';
import { LogReader } from '../../src/pipeline/logs/log-report.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { SecretSource } from '../../src/ports/secret-source.ts';
import { builderImages } from './builder-images.ts';
import { removeContainers, unlessGone } from './docker-jobs.ts';
import { imageTags } from './image-tags.ts';
import { pollUntil } from './poll-until.ts';

export interface BuilderJob {
  readonly url: string;
  readonly commit: string;
  readonly steps: readonly PlannedStep[];
  /** @default linux/amd64 */
  readonly platform?: Platform;
  readonly branch?: string;
  readonly ref?: string;
  readonly checkout?: CheckoutOptions;
  readonly kind?: 'ecr' | 'oci';
  /** `host[:port]/path` @default the bed's own repository in the lab's registry */
  readonly destination?: string;
  /** Builder image. @default the lab's */
  readonly image?: string;
  /** Null for none. @default the lab's */
  readonly token?: string | null;
  /** `host[:port][/path]` that the token is for. @default the host of `url` */
  readonly audience?: string;
  /** `user\npassword` for the registry. @default none */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Logins for base images, by `host[:port]`. */
  readonly logins?: Readonly<Record<string, { readonly username: string; readonly password: string }>>;
  /** Docker network of the builder. @default the engine's bridge */
  readonly network?: string;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Changes the text of builder.sh that runs. */
  readonly script?: (text: string) => string;
  /** Put into the environment without any validation; undefined removes a variable. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface EndedJob {
  readonly key: string;
  readonly container: Docker.Container;
  readonly exitCode: number;
  readonly log: string;
  readonly marks: readonly PhaseMark[];
  /** `reason` of the fail mark. */
  readonly reason: string | undefined;
  readonly notes: readonly string[];
}

export interface RunningJob {
  readonly key: string;
  readonly container: Docker.Container;
  log(): Promise<string>;
  ended(): Promise<EndedJob>;
}

/** Runs builder.sh as the Docker backend runs it, with names of its own, so that tests can run concurrently. */
export class BuilderBed {
  readonly lab: Lab;
  readonly docker: Docker;
  /** In the lab's registry. */
  readonly destination: string;
  readonly name = `builder-test-${randomBytes(6).toString('hex')}`;
  readonly #token: string;
  readonly #script: string;
  readonly #repositories: GitRepository[] = [];
  readonly #images: string[] = [];
  #jobs = 0;
  #repositoryCount = 0;

  private constructor(lab: Lab, token: string, script: string) {
    this.lab = lab;
    this.#token = token;
    this.#script = script;
    const endpoint = parseEngineEndpoint(lab.engine.host);
    this.docker = endpoint.kind === 'unix' ? new Docker({ socketPath: endpoint.path }) : new Docker();
    this.destination = `${lab.registry.host}/${this.name}/app`;
  }

  /** @param change a part of the lab that differs, such as an engine of the test's own */
  static async open(change: Partial<Lab> = {}): Promise<BuilderBed> {
    const lab = await readLab();
    if (lab === undefined) throw new Error('there is no lab on this machine: npm run lab:up');
    return new BuilderBed(
      { ...lab, ...change },
      (await readFile(lab.git.tokenFile, 'utf8')).trim(),
      await builderScript(),
    );
  }

  /** A builder image of a test's own; see builder-images.ts. */
  async image(kind: keyof typeof builderImages): Promise<string> {
    const tag = `builder-image-${randomBytes(6).toString('hex')}:${kind.toLowerCase()}`;
    this.#images.push(tag);
    return await builderImages[kind](this.docker, this.lab, tag);
  }

  get token(): string {
    return this.#token;
  }

  async repository(files: Readonly<Record<string, FileContent>>) {
    this.#repositoryCount += 1;
    const created = await createRepository(this.lab, `${this.name}-${this.#repositoryCount}`, files);
    this.#repositories.push(created.repository);
    return created;
  }

  async run(job: BuilderJob): Promise<EndedJob> {
    return await (await this.start(job)).ended();
  }

  async start(job: BuilderJob): Promise<RunningJob> {
    this.#jobs += 1;
    const platform = job.platform ?? 'linux/amd64';
    const backend = this.#backend(job);
    const { id } = await backend.submit({
      name: `${this.name}-${this.#jobs}`,
      platform,
      buildId: this.name,
      attempt: 1,
      environment: this.#environment(job, platform),
      buildSecrets: Object.keys(job.secrets ?? {}),
      registryHost: this.lab.registry.host,
      timeoutSeconds: 600,
    });
    backend.close();
    const containerId = id.slice(0, 64);
    const container = this.docker.getContainer(containerId);
    const log = async (): Promise<string> => plainLog(await container.logs({ stdout: true, stderr: true }));
    const ended = async (): Promise<EndedJob> => {
      const { StatusCode: exitCode } = (await container.wait()) as { StatusCode: number };
      const text = await log();
      const reader = new LogReader();
      const marks = reader.read(text);
      const notes = marks.flatMap((mark) => (mark.verb === 'note' ? [mark.text] : []));
      const ended = {
        key: containerId.slice(0, 12),
        container,
        exitCode,
        log: text,
        marks,
        reason: reader.report().fail?.reason,
        notes,
      };
      // vitest prints the whole of a value that differs, and a client of the engine is too deep for that.
      return Object.defineProperty(ended, 'container', { enumerable: false });
    };
    return { key: containerId.slice(0, 12), container, log, ended };
  }

  /** Digest of what a tag points to in the registry; undefined if the tag does not exist. */
  async pushedDigest(destination: string, tag: string): Promise<string | undefined> {
    const registry = openRegistry(destination);
    try {
      return (await registry.getManifest(tag))?.digest;
    } finally {
      await registry.close();
    }
  }

  /** Digest of the configuration of what a tag points to in the registry: the id of the image. */
  async pushedConfig(destination: string, tag: string): Promise<string> {
    const registry = openRegistry(destination);
    try {
      const manifest = await registry.getManifest(tag);
      return (JSON.parse(manifest?.bytes.toString() ?? '{}') as { config: { digest: string } }).config.digest;
    } finally {
      await registry.close();
    }
  }

  /** Creates the file `/go` in the containers that the job runs. */
  async letGo(job: RunningJob): Promise<void> {
    const label = [`dev.twinhull.job=${job.key}`];
    for (const { Id } of await this.docker.listContainers({ filters: { label } })) {
      const exec = await this.docker.getContainer(Id).exec({ Cmd: ['touch', '/go'] });
      await exec.start({ Detach: true });
    }
  }

  /** `linux/amd64` for an image of ours in the registry, from its configuration. */
  async pushedPlatform(destination: string, tag: string): Promise<string> {
    const registry = openRegistry(destination);
    try {
      const manifest = await registry.getManifest(tag);
      if (manifest === undefined) throw new Error(`${destination}:${tag} is not in the registry`);
      const { os, architecture } = await registry.getImageConfig(parseManifest(manifest).config);
      return `${os}/${architecture}`;
    } finally {
      await registry.close();
    }
  }

  async waitForLog(job: RunningJob, text: RegExp): Promise<void> {
    await pollUntil(`${text} in the log`, async () => text.test(await job.log()));
  }

  /**
   * What remains of a job on the engine: its containers (not the builder's own), its tags, those of its destination.
   */
  async leftovers(key: string, destination = this.destination): Promise<readonly string[]> {
    const label = [`dev.twinhull.job=${key}`];
    const containers = await this.docker.listContainers({ all: true, filters: { label } });
    const tags = await imageTags(this.docker);
    const ours = tags.filter((tag) => tag.endsWith(`-${key}`) || tag.startsWith(`${destination}:`));
    return [...containers.map(({ Id }) => Id), ...ours];
  }

  async dispose(): Promise<void> {
    await removeContainers(this.docker, { label: [`dev.twinhull.build=${this.name}`] });
    for (const repository of this.#repositories) repository.remove();
    const tags = await imageTags(this.docker);
    for (const tag of [...this.#images, ...tags.filter((found) => found.includes(this.name))])
      await unlessGone(this.docker.getImage(tag).remove({ force: true }));
  }

  #backend(job: BuilderJob): DockerJobBackend {
    return new DockerJobBackend({
      engines: { default: parseEngineEndpoint(this.lab.engine.host) },
      builderImage: job.image ?? this.lab.images.builder,
      builderScript: job.script?.(this.#script) ?? this.#script,
      secrets: secretsOf(job, this.#token),
      clock: systemClock,
      gitCaFile: this.lab.git.caFile,
      network: job.network,
    });
  }

  #environment(job: BuilderJob, platform: Platform): Record<string, string> {
    const environment = jobEnvironment(planOf(job, platform, job.destination ?? this.destination), platform, {
      buildId: this.name,
      emulation: true,
      baseRegistries: Object.keys(job.logins ?? {}).map((host) => ({ host })),
    });
    const entries = Object.entries({ ...environment, ...job.environment });
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }
}

function planOf(job: BuilderJob, platform: Platform, destination: string): Plan {
  return {
    version: 1,
    recipe: { name: 'test', origin: 'operator' },
    source: {
      repository: job.url,
      commit: job.commit,
      ...(job.branch === undefined ? {} : { branch: job.branch }),
      ...(job.ref === undefined ? {} : { ref: job.ref }),
      ...job.checkout,
    },
    destination: { repository: destination, kind: job.kind ?? 'oci', region: 'us-gov-west-1' },
    jobs: [{ platform, steps: job.steps }],
    tags: [],
    timeouts: { waitSeconds: 600, runSeconds: 600 },
  };
}

function secretsOf(job: BuilderJob, labToken: string): SecretSource {
  return {
    gitCredential: async (url) => {
      const audience = job.audience === undefined ? hostAudience(url) : parseGitAudience('audience', job.audience);
      const token = job.token ?? labToken;
      return job.token === null ? undefined : { audience, username: 'x-access-token', token };
    },
    checkGitCredentials: async () => undefined,
    registryCredentials: async (host) => job.logins?.[host] ?? job.credentials,
    buildSecret: async (id) => Buffer.from(job.secrets?.[id] ?? ''),
  };
}

/** See https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach */
function plainLog(frames: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= frames.length; ) {
    const end = at + 8 + frames.readUInt32BE(at + 4);
    parts.push(frames.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(parts).toString();
}
