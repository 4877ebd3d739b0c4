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
import type { Plan, PlannedStep } from '../../src/domain/plan.ts';
import type { Platform } from '../../src/domain/platform.ts';
import { LogReader } from '../../src/pipeline/log-report.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { SecretSource } from '../../src/ports/secret-source.ts';
import { builderImages } from './builder-images.ts';
import { pollUntil } from './poll-until.ts';

export interface BuilderJob {
  readonly url: string;
  readonly commit: string;
  readonly steps: readonly PlannedStep[];
  /** @default linux/amd64 */
  readonly platform?: Platform;
  readonly branch?: string;
  readonly submodules?: boolean;
  readonly kind?: 'ecr' | 'oci';
  /** `host[:port]/path` @default the bed's own repository in the lab's registry */
  readonly destination?: string;
  /** Builder image. @default the lab's */
  readonly image?: string;
  /** Null for none. @default the lab's */
  readonly token?: string | null;
  /** `user\npassword` for the registry. @default none */
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly secrets?: Readonly<Record<string, string>>;
  /** Changes the text of builder.sh that runs. */
  readonly script?: (text: string) => string;
  /** Put into the environment past every validation; undefined takes a variable away. */
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

/** Runs builder.sh as the Docker backend runs it, in names of its own, so that tests can run side by side. */
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

  static async open(): Promise<BuilderBed> {
    const lab = await readLab();
    if (lab === undefined) throw new Error('there is no lab on this machine: npm run lab:up');
    return new BuilderBed(lab, (await readFile(lab.git.tokenFile, 'utf8')).trim(), await builderScript());
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
      return {
        key: containerId.slice(0, 12),
        container,
        exitCode,
        log: text,
        marks,
        reason: reader.report().fail?.reason,
        notes,
      };
    };
    return { key: containerId.slice(0, 12), container, log, ended };
  }

  /** `linux/amd64` of an image of ours in the registry, as its configuration says. */
  async pushedPlatform(destination: string, tag: string): Promise<string> {
    const registry = openRegistry(destination);
    try {
      const manifest = await registry.getManifest(tag);
      if (manifest === undefined) throw new Error(`${destination}:${tag} is not in the registry`);
      const { config } = JSON.parse(manifest.bytes.toString()) as { config: { digest: string } };
      const { os, architecture } = await registry.getImageConfig(config.digest);
      return `${os}/${architecture}`;
    } finally {
      await registry.close();
    }
  }

  async waitForLog(job: RunningJob, text: RegExp): Promise<void> {
    await pollUntil(`${text} in the log`, async () => text.test(await job.log()), 90_000);
  }

  /** What is left on the engine of a job: its containers (not the builder's own), its tags, those of its destination. */
  async leftovers(key: string, destination = this.destination): Promise<readonly string[]> {
    const label = [`dev.twinhull.job=${key}`];
    const containers = await this.docker.listContainers({ all: true, filters: { label } });
    const tags = (await this.docker.listImages()).flatMap((image) => image.RepoTags ?? []);
    const ours = tags.filter((tag) => tag.endsWith(`-${key}`) || tag.startsWith(`${destination}:`));
    return [...containers.map(({ Id }) => Id), ...ours];
  }

  async dispose(): Promise<void> {
    const filters = { label: [`dev.twinhull.build=${this.name}`] };
    const containers = await this.docker.listContainers({ all: true, filters });
    await Promise.all(containers.map(({ Id }) => this.docker.getContainer(Id).remove({ force: true, v: true })));
    for (const repository of this.#repositories) repository.remove();
    const tags = (await this.docker.listImages()).flatMap((image) => image.RepoTags ?? []);
    for (const tag of [...this.#images, ...tags.filter((found) => found.includes(this.name))])
      await this.docker.getImage(tag).remove({ force: true });
  }

  #backend(job: BuilderJob): DockerJobBackend {
    return new DockerJobBackend({
      engines: { default: parseEngineEndpoint(this.lab.engine.host) },
      builderImage: job.image ?? this.lab.images.builder,
      builderScript: job.script?.(this.#script) ?? this.#script,
      secrets: secretsOf(job, this.#token),
      clock: systemClock,
      gitCaFile: this.lab.git.caFile,
    });
  }

  #environment(job: BuilderJob, platform: Platform): Record<string, string> {
    const environment = jobEnvironment(planOf(job, platform, job.destination ?? this.destination), platform, {
      buildId: this.name,
      emulation: true,
    });
    const entries = Object.entries({ ...environment, ...job.environment });
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }
}

function planOf(job: BuilderJob, platform: Platform, destination: string): Plan {
  return {
    version: 1,
    recipe: { name: 'test' },
    source: {
      repository: job.url,
      commit: job.commit,
      ...(job.branch === undefined ? {} : { branch: job.branch }),
      submodules: job.submodules ?? false,
    },
    destination: { repository: destination, kind: job.kind ?? 'oci', region: 'us-gov-west-1' },
    jobs: [{ platform, steps: job.steps }],
    tags: [],
    timeouts: { waitSeconds: 600, runSeconds: 600 },
  };
}

function secretsOf(job: BuilderJob, labToken: string): SecretSource {
  return {
    gitToken: async () => (job.token === null ? undefined : (job.token ?? labToken)),
    registryCredentials: async () => job.credentials,
    buildSecret: async (id) => Buffer.from(job.secrets?.[id] ?? ''),
  };
}

/** Takes the frames of https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach apart. */
function plainLog(frames: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= frames.length; ) {
    const end = at + 8 + frames.readUInt32BE(at + 4);
    parts.push(frames.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(parts).toString();
}

export function dockerfileStep(
  image: string,
  change: Partial<Omit<PlannedStep, 'build'>> & { build?: object } = {},
): PlannedStep {
  const { build, ...rest } = change;
  return {
    image,
    verify: [],
    ...rest,
    build: {
      kind: 'dockerfile',
      dockerfile: { path: 'Dockerfile' },
      context: '.',
      arguments: {},
      secrets: [],
      cache: false,
      ...build,
    },
  };
}

export function scriptStep(
  image: string,
  path: string,
  change: Partial<Omit<PlannedStep, 'build'>> & { build?: object } = {},
): PlannedStep {
  const { build, ...rest } = change;
  return { image, verify: [], ...rest, build: { kind: 'script', path, arguments: [], environment: {}, ...build } };
}
