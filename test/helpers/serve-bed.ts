import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { Agent, fetch, type Response } from 'undici';
import { BatchStandIn } from '../../lab/batch-stand-in/server.ts';
import type { StandInOptions } from '../../lab/batch-stand-in/stand-in-options.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { batchQueues } from './batch-bed.ts';
import type { FakeRegistry } from './fake-registry.ts';
import { pollUntil } from './poll-until.ts';
import { RegistryOverHttp } from './registry-over-http.ts';

const main = process.env['TWINHULL_TEST_MAIN'] ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** For calls, not streams: long enough for a busy machine. In milliseconds. */
const patience = 600_000;
const calls = { connections: 32, connect: { timeout: patience }, headersTimeout: patience, bodyTimeout: patience };

export interface ServeBedOptions extends Partial<Omit<StandInOptions, 'conduct'>> {
  readonly conduct: (registry: FakeRegistry) => StandInOptions['conduct'];
  /** URL of a PostgreSQL database. @default SQLite in the state folder */
  readonly database?: string | undefined;
  /** In addition to the bed's own settings. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * `twinhull serve` as a separate process, on a stand-in for AWS Batch (lab/batch-stand-in/README.md) and a registry in
 * memory, both in this process and called over HTTP.
 */
export class ServeBed {
  readonly standIn: BatchStandIn;
  readonly registry: RegistryOverHttp;
  readonly folder: string;
  /** With a token of scope `build`. */
  readonly headers: { readonly authorization: string };
  readonly #environment: Readonly<Record<string, string>>;
  /** Separate connections, so that reads do not queue behind submits. */
  readonly #agents = { get: new Agent(calls), submit: new Agent(calls) };
  #service: { readonly child: ChildProcess; readonly address: string; readonly log: () => string } | undefined;

  private constructor(
    parts: Pick<ServeBed, 'standIn' | 'registry' | 'folder' | 'headers'>,
    environment: Record<string, string>,
  ) {
    this.standIn = parts.standIn;
    this.registry = parts.registry;
    this.folder = parts.folder;
    this.headers = parts.headers;
    this.#environment = environment;
  }

  /** Does not start the service yet. */
  static async open({ conduct, database, env, ...options }: ServeBedOptions): Promise<ServeBed> {
    const registry = await RegistryOverHttp.start();
    const queues = Object.values(batchQueues).map((name) => ({ name }));
    const standIn = await BatchStandIn.start({
      ...{ clock: systemClock, queues, jobDefinitions: ['builder'], submitsPerSecond: 10_000 },
      ...options,
      conduct: conduct(registry.registry),
    });
    const folder = await mkdtemp(join(tmpdir(), 'twinhull-serve-'));
    const environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      TWINHULL_STATE_DIR: join(folder, 'state'),
      TWINHULL_BACKEND: 'aws',
      TWINHULL_DESTINATION: registry.repository,
      TWINHULL_REPOSITORY: 'https://git.example/acme/model.git',
      TWINHULL_RATE_LIMIT: '1000000',
      BUILD_ARM64_QUEUE: batchQueues['linux/arm64'],
      BUILD_AMD64_QUEUE: batchQueues['linux/amd64'],
      BUILD_JOB_DEFINITION: 'builder',
      AWS_ENDPOINT_URL: standIn.url,
      AWS_REGION: 'us-gov-west-1',
      AWS_ACCESS_KEY_ID: 'stand-in',
      AWS_SECRET_ACCESS_KEY: 'stand-in',
      ...(database !== undefined && { DATABASE_URL: database }),
      ...env,
    };
    const words = [main, 'token', 'create', '--name', 'tests', '--scope', 'build'];
    const made = await execa(process.execPath, words, { env: environment, extendEnv: false, cwd: folder });
    const headers = { authorization: `Bearer ${made.stdout.trim()}` };
    return new ServeBed({ standIn, registry, folder, headers }, environment);
  }

  /** Starts the service, and waits until it listens. @returns its address */
  async serve(): Promise<string> {
    const child = spawn(process.execPath, [main, 'serve', '--listen', '127.0.0.1:0'], {
      cwd: this.folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    // The end is enough to explain a failure.
    child.stderr.on('data', (chunk) => (stderr = (stderr + String(chunk)).slice(-200_000)));
    const address = await pollUntil(
      'the service to listen',
      () => {
        if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}: ${stderr}`);
        return /^http:\S+$/m.exec(stdout)?.[0];
      },
      60_000,
    );
    this.#service = { child, address, log: () => stderr };
    return address;
  }

  get address(): string {
    return this.#running.address;
  }

  /** The end of its stderr. */
  get log(): string {
    return this.#service?.log() ?? '';
  }

  /** Whether the process is running. */
  get lives(): boolean {
    return this.#running.child.exitCode === null && this.#running.child.signalCode === null;
  }

  /** Of the process. */
  get pid(): number | undefined {
    return this.#running.child.pid;
  }

  /** Memory of the service in bytes: now, and at most so far. */
  async memory(): Promise<{ readonly now: number; readonly peak: number }> {
    const status = await readFile(`/proc/${this.#running.child.pid}/status`, 'utf8');
    const bytes = (name: string) => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
    return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
  }

  async get<Json>(path: string): Promise<Json> {
    const response = await fetch(this.address + path, { headers: this.headers, dispatcher: this.#agents.get });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Json;
  }

  /** Submits a different commit each time unless one is given. */
  async submit(
    commit = randomBytes(20).toString('hex'),
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const recipe = { version: 1, name: 'one', images: { app: { dockerfile: {} } } };
    const headers = { ...this.headers, ...more, 'content-type': 'application/json' };
    const body = JSON.stringify({ commit, recipe });
    return fetch(`${this.address}/v1/builds`, { method: 'POST', headers, body, dispatcher: this.#agents.submit });
  }

  /** Asks the service to stop. @returns its exit code */
  async stop(): Promise<number | null> {
    const { child } = this.#running;
    if (this.lives) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    return child.exitCode;
  }

  async dispose(): Promise<void> {
    const child = this.#service?.child;
    if (child !== undefined && this.lives) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await Promise.all([this.#agents.get.destroy(), this.#agents.submit.destroy()]);
    await this.standIn.close();
    await this.registry.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  get #running() {
    if (this.#service === undefined) throw new Error('nothing serves yet');
    return this.#service;
  }
}
