import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Docker from 'dockerode';
import { execa, type ResultPromise } from 'execa';
import { createRepository, type FileContent, type GitRepository, type Lab, readLab } from '../../lab/lab.ts';
import { parseEngineEndpoint } from '../../src/adapters/docker/engine-endpoint.ts';
import type { BuildJson, BuildSummaryJson } from '../../src/build-json/shapes.ts';
import { unlessGone } from './docker-jobs.ts';
import { RegistryView } from './registry-view.ts';

/** The program under test: the output of `npm run build`, or another build. */
export const program =
  process.env['TWINHULL_TEST_MAIN'] ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Longer than any command here may take: a test must end even when the program hangs. */
const patience = 600_000;

export interface RunOptions {
  /** In addition to the bed's own settings; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Milliseconds after which it is killed and the test fails. @default 600,000 */
  readonly timeout?: number;
}

export interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as users have it, with a state folder, a destination and repositories of the test's own. */
export class E2eBed {
  readonly lab: Lab;
  readonly docker: Docker;
  /** The file that node runs as `twinhull`. */
  readonly program = program;
  readonly name = `e2e-${randomBytes(6).toString('hex')}`;
  /** Temporary; also the home folder of the processes. */
  readonly folder: string;
  readonly stateFolder: string;
  /** `host/path` in the lab's registry. */
  readonly destination: string;
  readonly registry: RegistryView;
  readonly #settings: NonNullable<RunOptions['env']>;
  readonly #repositories: GitRepository[] = [];
  readonly #running = new Set<ResultPromise>();
  #made = 0;

  private constructor(lab: Lab, folder: string, settings: NonNullable<RunOptions['env']>) {
    this.lab = lab;
    this.#settings = settings;
    this.folder = folder;
    this.stateFolder = join(folder, 'state');
    this.destination = `${lab.registry.host}/${this.name}/app`;
    this.registry = new RegistryView(`http://${lab.registry.host}`, `${this.name}/app`);
    const endpoint = parseEngineEndpoint(lab.engine.host);
    this.docker = endpoint.kind === 'unix' ? new Docker({ socketPath: endpoint.path }) : new Docker();
  }

  /** @param settings of all its processes; undefined removes a default one */
  static async open(settings: NonNullable<RunOptions['env']> = {}): Promise<E2eBed> {
    const lab = await readLab();
    if (lab === undefined) throw new Error('there is no lab on this machine: npm run lab:up');
    return new E2eBed(lab, await mkdtemp(join(tmpdir(), 'twinhull-e2e-')), settings);
  }

  /** A private repository on the lab's git server, with a first commit on `main`. */
  async repository(files: Readonly<Record<string, FileContent>>) {
    this.#made += 1;
    const created = await createRepository(this.lab, `${this.name}-${this.#made}`, files);
    this.#repositories.push(created.repository);
    return created;
  }

  /** Writes a file of this test, such as a recipe. @returns its path */
  async file(content: string | Buffer, name = 'recipe.yaml'): Promise<string> {
    this.#made += 1;
    const path = join(this.folder, `${this.#made}-${name}`);
    await writeFile(path, content);
    return path;
  }

  /** The whole environment of a process: only PATH comes from the environment of the tests. */
  environment(change: RunOptions['env'] = {}): Record<string, string> {
    const entries = Object.entries({
      PATH: process.env['PATH'],
      HOME: this.folder,
      DOCKER_HOST: this.lab.engine.host,
      TWINHULL_STATE_DIR: this.stateFolder,
      TWINHULL_BUILDER_IMAGE: this.lab.images.builder,
      TWINHULL_GIT_TOKEN_FILE: this.lab.git.tokenFile,
      TWINHULL_GIT_HOST: new URL(this.lab.git.url).host,
      TWINHULL_GIT_CA_FILE: this.lab.git.caFile,
      TWINHULL_DESTINATION: this.destination,
      ...this.#settings,
      ...change,
    });
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  /** Starts `twinhull` without waiting for it. */
  start(words: readonly string[], { env, cwd = this.folder, timeout = patience }: RunOptions = {}) {
    const options = {
      cwd,
      env: this.environment(env),
      extendEnv: false,
      timeout,
      reject: false,
      buffer: true,
    } as const;
    const child = execa(process.execPath, [program, ...words], {
      ...options,
      stdin: 'ignore',
      stripFinalNewline: false,
    });
    this.#running.add(child);
    void child.finally(() => this.#running.delete(child));
    return child;
  }

  /** @throws when it does not end in time */
  async run(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const { exitCode, stdout, stderr, timedOut } = await this.start(words, options);
    if (timedOut) throw new Error(`twinhull ${words.join(' ')} did not end in time:\n${stdout}\n${stderr}`);
    return { exitCode, stdout, stderr };
  }

  /** The build as `status --json` prints it. */
  async status(id: string): Promise<BuildJson> {
    const { stdout, stderr } = await this.run(['status', id, '--json']);
    if (stdout === '') throw new Error(`no status of build ${id}: ${stderr}`);
    return JSON.parse(stdout) as BuildJson;
  }

  async builds(): Promise<readonly BuildSummaryJson[]> {
    return JSON.parse((await this.run(['list', '--all', '--json'])).stdout) as BuildSummaryJson[];
  }

  /** Builder containers of one build, running or not. */
  async builders(buildId: string): Promise<readonly Docker.ContainerInfo[]> {
    return this.docker.listContainers({ all: true, filters: { label: [`dev.twinhull.build=${buildId}`] } });
  }

  /** Removes everything that this test may have left on engine, registry, git server and disk. */
  async dispose(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL');
    await Promise.all([...this.#running]);
    await this.#endBuilds();
    for (const repository of this.#repositories) repository.remove();
    await this.registry.clear();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #endBuilds(): Promise<void> {
    const builds = await this.builds().catch(() => []);
    const open = builds.filter(({ finishedAt }) => finishedAt === null);
    for (const { id } of open) await this.run(['cancel', id]);
    if (open.length > 0) await this.run(['reconcile', '--until-idle']);
    for (const { id } of builds) {
      for (const { Id } of await this.builders(id))
        await unlessGone(this.docker.getContainer(Id).remove({ force: true, v: true }));
    }
  }
}
