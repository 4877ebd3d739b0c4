import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Platform } from '../../domain/platform.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  ChangeListener,
  JobBackend,
  JobBackendFeatures,
  JobHandle,
  JobObservation,
  JobRequest,
  LogChunk,
  ReadLogOptions,
} from '../../ports/job-backend.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { ensureBuilderImage } from './builder-image.ts';
import { requirePlatforms } from './check-engine.ts';
import { readContainerLog } from './container-log.ts';
import { Engine } from './engine.ts';
import { type EngineEndpoint, parseEngineEndpoint } from './engine-endpoint.ts';
import { findStartedJob, removeContainer } from './find-container.ts';
import { checkJobFiles } from './job-files.ts';
import { type JobId, parseJobId } from './job-observation.ts';
import { ObservedJobs } from './observed-jobs.ts';
import { startJob } from './start-job.ts';
import { stopContainer } from './stop-container.ts';
import { watchEngine } from './watch-engine.ts';

/** The engines, the builder image and the limits of the backend. */
export interface DockerJobBackendOptions {
  readonly engines: DockerEngines;
  /** Image of the builder container, with sh and what builder.sh needs. Pulled where the engine lacks it. */
  readonly builderImage: string;
  /** Text of builder.sh. */
  readonly builderScript: string;
  readonly secrets: SecretSource;
  readonly clock: Clock;
  /** A private CA for git, as a PEM file on this machine. */
  readonly gitCaFile?: string | undefined;
  /** Whether an engine may run a platform other than its own by emulation. @default true */
  readonly emulation?: boolean | undefined;
  /** How many jobs may run at once, on all engines together. @default 4 */
  readonly maxConcurrentJobs?: number | undefined;
  /** Docker network of the builders. @default the engine's own default, its bridge */
  readonly network?: string | undefined;
  /** `host:address` lines for the builders' `/etc/hosts`. */
  readonly extraHosts?: readonly string[] | undefined;
  /** Added to every job's environment, below the job's own: see `proxyEnvironment`. Visible to `docker inspect`. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** How long a job has between TERM and KILL, in seconds. @default 30 */
  readonly graceSeconds?: number | undefined;
  /** How long a created, unstarted container is left to the process that created it, in milliseconds. @default 2000 */
  readonly takeoverMilliseconds?: number | undefined;
}

/** The engine of each platform; `default` serves those without one of their own. */
export interface DockerEngines {
  readonly default: EngineEndpoint;
  readonly platforms?: Readonly<Partial<Record<Platform, EngineEndpoint>>> | undefined;
}

/** Runs each job as one builder container on a Docker Engine. The container's name is the job's name and its key. */
export class DockerJobBackend implements JobBackend {
  readonly name = 'docker';
  readonly features: JobBackendFeatures;
  readonly #options: DockerJobBackendOptions;
  readonly #engines = new Map<string, Engine>();
  readonly #locks = new NameLocks();
  readonly #observed = new ObservedJobs();

  constructor(options: DockerJobBackendOptions) {
    this.#options = options;
    this.features = {
      liveLogs: true,
      uniqueNames: true,
      maxConcurrentJobs: options.maxConcurrentJobs ?? 4,
      settleMilliseconds: 0,
    };
  }

  async check(platforms: readonly Platform[], buildSecrets: readonly string[] = []): Promise<void> {
    const { emulation = true, builderImage, secrets } = this.#options;
    await checkJobFiles(buildSecrets, this.#options);
    const engines = new Set(platforms.map((platform) => this.#engineFor(platform)));
    for (const engine of engines) {
      const itsOwn = platforms.filter((platform) => this.#engineFor(platform) === engine);
      await requirePlatforms(engine, itsOwn, emulation);
    }
    for (const engine of engines) await ensureBuilderImage(engine, builderImage, secrets);
  }

  async submit(request: JobRequest): Promise<JobHandle> {
    const engine = this.#engineFor(request.platform);
    const options = {
      ...this.#options,
      graceSeconds: this.#grace,
      hostSocket: engine.endpoint.hostSocket,
      takeoverMilliseconds: this.#takeover,
    };
    return await this.#locks.hold(request.name, () => startJob(engine, request, options));
  }

  /** An unreachable engine fails the whole call, also for jobs on other engines: describe those separately. */
  async describe(ids: readonly string[]): Promise<ReadonlyMap<string, JobObservation>> {
    const wanted = new Map<string, string[]>();
    for (const id of ids.map(parseJobId)) {
      if (id !== undefined) wanted.set(id.engine, [...(wanted.get(id.engine) ?? []), id.containerId]);
    }
    const found = await Promise.all(
      [...wanted].map(([engine, containers]) =>
        this.#observed.describe(this.#engineNamed(engine), new Set(containers)),
      ),
    );
    return new Map(found.flat().map((observation) => [observation.id, observation]));
  }

  /** A container that was created but never started is no job: it is waited for briefly, then removed. */
  async findByName(name: string): Promise<readonly JobHandle[]> {
    const find = async (engine: Engine): Promise<JobHandle | undefined> =>
      await findStartedJob(engine, name, this.#options.clock, this.#takeover);
    const found = await this.#locks.hold(name, () => Promise.all(this.#configuredEngines().map(find)));
    return found.filter((handle) => handle !== undefined).sort((a, b) => a.createdAt - b.createdAt);
  }

  /** Resolves when the container has stopped: within the grace period, and a little more. */
  async terminate(id: string, reason: string): Promise<void> {
    const job = parseJobId(id);
    if (job === undefined) return;
    this.#observed.noteStop(job.containerId, reason);
    await stopContainer(this.#engineNamed(job.engine), job.containerId, this.#grace);
  }

  async *readLog(id: string, options: ReadLogOptions): AsyncGenerator<LogChunk> {
    const job = parseJobId(id);
    if (job === undefined) return;
    yield* readContainerLog(this.#engineNamed(job.engine), job.containerId, { ...options, clock: this.#options.clock });
  }

  async release(id: string): Promise<void> {
    const job = parseJobId(id);
    if (job === undefined) return;
    const gone = await removeContainer(this.#engineNamed(job.engine), job.containerId);
    if (!gone && (await this.#isThere(job)))
      throw new TwinhullError('InternalError', `job ${id} cannot be released: it has not ended`);
    this.#observed.forget(job.containerId);
  }

  async watch(listener: ChangeListener, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const onChange = (): void => listener.changed();
    await Promise.all(this.#configuredEngines().map((engine) => watchEngine(engine, onChange, signal, clock)));
  }

  /** Closes idle connections, so that the program can exit. */
  close(): void {
    for (const engine of this.#engines.values()) engine.close();
  }

  /** For a removal that was refused: false when another removal was in progress. */
  async #isThere(job: JobId): Promise<boolean> {
    const found = await this.#observed.describe(this.#engineNamed(job.engine), new Set([job.containerId]));
    return found.length > 0;
  }

  get #grace(): number {
    return this.#options.graceSeconds ?? 30;
  }

  get #takeover(): number {
    return this.#options.takeoverMilliseconds ?? 2000;
  }

  #engineFor(platform: Platform): Engine {
    const { engines } = this.#options;
    return this.#engine(engines.platforms?.[platform] ?? engines.default);
  }

  #configuredEngines(): Engine[] {
    const { engines } = this.#options;
    const endpoints = [engines.default, ...Object.values(engines.platforms ?? {})];
    return [...new Set(endpoints.map((endpoint) => this.#engine(endpoint)))];
  }

  #engine(endpoint: EngineEndpoint): Engine {
    const engine = this.#engines.get(endpoint.text) ?? new Engine(endpoint);
    this.#engines.set(endpoint.text, engine);
    return engine;
  }

  /** The engine that an id names, which need not be one that new jobs go to. */
  #engineNamed(text: string): Engine {
    return (
      this.#engines.get(text) ??
      this.#configuredEngines().find(({ endpoint }) => endpoint.text === text) ??
      this.#engine(parseEngineEndpoint(text))
    );
  }
}

/** Runs one task at a time per name; others wait their turn, in order. */
export class NameLocks {
  readonly #last = new Map<string, Promise<unknown>>();

  async hold<T>(name: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const mine = before.then(task, task);
    const settled = mine.catch(() => undefined);
    this.#last.set(name, settled);
    try {
      return await mine;
    } finally {
      if (this.#last.get(name) === settled) this.#last.delete(name);
    }
  }
}
