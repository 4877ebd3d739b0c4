import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, type ResultPromise } from 'execa';
import { EventQueue } from '../../lab/batch-stand-in/event-queue.ts';
import type { JobStateChange } from '../../lab/batch-stand-in/job-state-change.ts';
import type { Run, RunContext, RunEnd, StartRun } from '../../lab/batch-stand-in/run.ts';
import { BatchStandIn } from '../../lab/batch-stand-in/server.ts';
import { localTokenFile } from '../../src/adapters/local-service/local-token-file.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { stagingTag } from '../../src/domain/plan.ts';
import type { Platform } from '../../src/domain/platform.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { batchQueues } from './batch-bed.ts';
import { jobKeyOf, lastLines, mark } from './batch-conduct.ts';
import { collected } from './e2e-collected.ts';
import { pollUntil } from './poll-until.ts';
import { pushImage, tinyImage } from './registry-images.ts';
import { type RegistryServer, startRegistry } from './registry-server.ts';
import { randomCommit } from './sample-builds.ts';

/** The program under test: the output of `npm run build`, or another build. */
const main = process.env['TWINHULL_TEST_MAIN'] ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const recipe = { version: 1, name: 'one', images: { app: { dockerfile: {} } } };

/** A `twinhull serve`, as a separate process. */
export interface Service {
  readonly address: string;
  readonly process: ResultPromise;
  /** Its log so far. */
  readonly log: () => string;
  /** The current value of a metric; 0 if it was never set. @param sample its name, with its labels if it has any */
  metric(sample: string): Promise<number>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/**
 * Services on stand-ins for AWS Batch and SQS, and on a real registry. Each job runs until the test ends it; then it
 * pushes its images, as the builder does.
 */
export class EventWorld {
  readonly batch: BatchStandIn;
  readonly events: EventQueue;
  readonly registry: RegistryServer;
  readonly folder: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #running: Map<string, () => Promise<void>>;
  readonly #services: ResultPromise[] = [];
  #isDisposed = false;

  private constructor(
    parts: Pick<EventWorld, 'batch' | 'events' | 'registry' | 'folder'>,
    running: Map<string, () => Promise<void>>,
    settings: Record<string, string>,
  ) {
    ({ batch: this.batch, events: this.events, registry: this.registry, folder: this.folder } = parts);
    this.#running = running;
    this.#settings = settings;
  }

  /** @param settings of all services @param deliver handles an event; by default it sends it to the queue */
  static async open(
    settings: Record<string, string> = {},
    deliver: (event: JobStateChange, events: EventQueue) => void = (event, events) => events.send(event),
  ): Promise<EventWorld> {
    const registry = await startRegistry();
    const events = await EventQueue.start({ clock: systemClock });
    const running = new Map<string, () => Promise<void>>();
    const batch = await BatchStandIn.start({
      clock: systemClock,
      queues: Object.values(batchQueues).map((name) => ({ name })),
      jobDefinitions: ['builder'],
      conduct: ({ jobName }) => ({ runs: [heldRun(registry, (end) => running.set(jobName, end))] }),
      onStateChange: (event) => deliver(event, events),
    });
    const folder = await mkdtemp(join(tmpdir(), 'twinhull-events-'));
    return new EventWorld({ batch, events, registry, folder }, running, settings);
  }

  /** Starts a service and waits until it listens. */
  async serve(settings: Record<string, string> = {}): Promise<Service> {
    const child = execa(process.execPath, [main, 'serve', '--listen', '127.0.0.1:0'], {
      ...{ cwd: this.folder, extendEnv: false, reject: false, stdin: 'ignore' },
      env: { ...this.#environment(), ...settings },
    });
    this.#services.push(child);
    const [stdout, log] = [collected(child.stdout), collected(child.stderr)];
    const address = await pollUntil('the service to listen', () => {
      if (typeof child.exitCode === 'number') throw new Error(`the service ended: ${log()}`);
      return /^http:\S+$/m.exec(stdout())?.[0];
    });
    const tokenFile = localTokenFile(this.#stateFolder);
    const token = await pollUntil('the service to write its token', () =>
      readFile(tokenFile, 'utf8').catch(() => undefined),
    );
    const authorization = `Bearer ${token.trim()}`;
    const get = (path: string, init?: RequestInit): Promise<Response> =>
      fetch(address + path, { ...init, headers: { authorization, ...(init?.headers as Record<string, string>) } });
    return {
      ...{ address, process: child, log, fetch: get },
      metric: async (sample) => {
        const lines = (await (await get('/metrics')).text()).split('\n');
        const line = lines.find((candidate) => candidate.startsWith(`${sample} `));
        return Number(line?.slice(sample.length + 1) ?? 0);
      },
    };
  }

  /** @returns the id of a new build */
  async submit(service: Service): Promise<string> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ commit: randomCommit(), recipe });
    const answer = await service.fetch('/v1/builds', { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(await answer.text());
    return ((await answer.json()) as { build: BuildJson }).build.id;
  }

  async build(service: Service, id: string): Promise<BuildJson> {
    return (await (await service.fetch(`/v1/builds/${id}`)).json()) as BuildJson;
  }

  /** Waits until both jobs of a build are running, and the service has recorded it. */
  async running(service: Service, id: string): Promise<void> {
    await pollUntil(`both jobs of ${id} to run`, async () => {
      const { jobs } = await this.build(service, id);
      return jobs.every(({ attempts }) => attempts.at(-1)?.state === 'running');
    });
  }

  /** Lets the jobs of a build succeed, one after the other. */
  async finish(id: string): Promise<void> {
    for (const platform of ['arm64', 'amd64'] as const) await this.finishJob(id, platform);
  }

  async finishJob(id: string, platform: 'arm64' | 'amd64'): Promise<void> {
    const name = `twinhull-${id}-${platform}-1`;
    const end = this.#running.get(name);
    if (end === undefined) throw new Error(`${name} does not run`);
    this.#running.delete(name);
    await end();
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    for (const child of this.#services) child.kill('SIGKILL');
    await Promise.all(this.#services);
    await this.batch.close();
    await this.events.close();
    await this.registry.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  get #stateFolder(): string {
    return join(this.folder, 'state');
  }

  #environment(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      TWINHULL_STATE_DIR: this.#stateFolder,
      TWINHULL_BACKEND: 'aws',
      TWINHULL_DESTINATION: `${this.registry.host}/app`,
      TWINHULL_REPOSITORY: 'https://git.example/acme/model.git',
      BUILD_ARM64_QUEUE: batchQueues['linux/arm64'],
      BUILD_AMD64_QUEUE: batchQueues['linux/amd64'],
      BUILD_JOB_DEFINITION: 'builder',
      BUILD_EVENTS_QUEUE_URL: this.events.queueUrl,
      AWS_ENDPOINT_URL: this.batch.url,
      AWS_ENDPOINT_URL_SQS: this.events.url,
      AWS_REGION: 'us-gov-west-1',
      AWS_ACCESS_KEY_ID: 'stand-in',
      AWS_SECRET_ACCESS_KEY: 'stand-in-secret',
      ...this.#settings,
    };
  }
}

/** docker-registry confuses two concurrent uploads of one blob. */
let pushes: Promise<unknown> = Promise.resolve();

/** A run of the builder that continues until `held`'s argument is called, or a signal ends it. */
function heldRun(registry: RegistryServer, held: (end: () => Promise<void>) => void): StartRun {
  return (context) => {
    let finish: (end: RunEnd) => void = () => undefined;
    const ended = new Promise<RunEnd>((resolve) => (finish = resolve));
    context.log(mark(context, `hello 1 ${Math.floor(context.clock.now() / 1000)} ${jobKeyOf(context)}`));
    context.log(mark(context, 'begin build app'));
    held(async () => {
      pushes = pushes.then(() => pushImages(context, registry));
      await pushes;
      for (const line of lastLines(context, { exitCode: 0 })) context.log(line);
      finish({ exitCode: 0 });
    });
    const signal: Run['signal'] = (name) => finish({ exitCode: name === 'TERM' ? 143 : 137 });
    return { ended, signal };
  };
}

async function pushImages(context: RunContext, registry: RegistryServer): Promise<void> {
  const { environment } = context;
  const platform = environment['TWINHULL_PLATFORM'] as Platform;
  const tag = stagingTag(environment['TWINHULL_STEP_1_IMAGE'] ?? '', platform, jobKeyOf(context));
  await pushImage(registry, environment['TWINHULL_REGISTRY_PATH'] ?? '', tinyImage('oci', platform), tag);
}
