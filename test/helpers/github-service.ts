import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository, type GitRepository } from '../../lab/lab.ts';
import type { BuildJson, BuildSummaryJson } from '../../src/build-json/shapes.ts';
import type { E2eBed } from './e2e-bed.ts';
import { collected } from './e2e-collected.ts';
import { pushPayload, webhookRequest } from './github-push.ts';
import { pollUntil } from './poll-until.ts';

/** An answer of the webhook. */
export interface Pushed {
  readonly status: number;
  readonly json: { readonly ignored?: string | null; readonly builds?: readonly { id: string; outcome: string }[] };
}

export const webhookSecret = 'canary-of-the-webhook';

/** `twinhull serve` as a process that can be killed and restarted, and a repository with a name as on GitHub. */
export class GitHubService {
  readonly bed: E2eBed;
  readonly repository: GitRepository;
  /** `owner/name` */
  readonly name: string;
  /** The settings of its processes in addition to the bed's. */
  readonly env: Readonly<Record<string, string | undefined>>;
  #process: ReturnType<E2eBed['start']> | undefined;
  #address = '';
  #token = '';
  readonly #logs: (() => string)[] = [];

  private constructor(bed: E2eBed, repository: GitRepository, env: Readonly<Record<string, string | undefined>>) {
    this.bed = bed;
    this.repository = repository;
    this.name = repository.name;
    this.env = env;
  }

  /** @param gitUrl of the git server in place of GitHub's */
  static async make(
    bed: E2eBed,
    gitUrl: string,
    dockerfile: string,
    settings: Readonly<Record<string, string | undefined>>,
  ): Promise<GitHubService> {
    const { repository } = await createRepository(bed.lab, `acme-${bed.name}/model`, { Dockerfile: dockerfile });
    const recipe = `version: 1
name: model
on: { push: { branches: [main, 'release/*'] } }
images: { app: { dockerfile: { cache: false } } }
`;
    return new GitHubService(bed, repository, {
      TWINHULL_REPOSITORY: `${gitUrl}/${repository.name}.git`,
      TWINHULL_GITHUB_HOST: new URL(gitUrl).host,
      TWINHULL_GITHUB_RECIPES: await bed.file(recipe),
      TWINHULL_GITHUB_WEBHOOK_SECRET_FILE: await bed.file(`${webhookSecret}\n`, 'webhook-secret'),
      TWINHULL_PUBLIC_URL: 'https://builds.example',
      TWINHULL_LEASE_SECONDS: '1',
      TWINHULL_INTERVAL_SECONDS: '0.2',
      ...settings,
    });
  }

  /** Path of its recipe. */
  get recipe(): string {
    return this.env['TWINHULL_GITHUB_RECIPES'] ?? '';
  }

  /** The log of all its processes so far. */
  get log(): string {
    return this.#logs.map((log) => log()).join('');
  }

  async start(): Promise<void> {
    // Its public URL is not on loopback, so it requires a token.
    if (this.#token === '')
      this.#token = (await this.bed.run(['token', 'create', '--name', 'test', '--scope', 'read'])).stdout.trim();
    this.#process = this.bed.start(['serve', '--listen', '127.0.0.1:0'], { env: this.env, timeout: 1_800_000 });
    const stdout = collected(this.#process.stdout);
    this.#logs.push(collected(this.#process.stderr));
    this.#address = await pollUntil('the service to listen', () => /^http:\S+$/m.exec(stdout())?.[0]);
  }

  /** Like a host that loses its power. */
  async kill(): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#process;
  }

  /** SIGTERM. @returns the exit code */
  async stop(): Promise<number | undefined> {
    this.#process?.kill('SIGTERM');
    return (await this.#process)?.exitCode;
  }

  /** What GitHub sends after a push of `commit` to `branch`. */
  async push(commit: string, { branch = 'main', delivery = commit, secret = webhookSecret } = {}): Promise<Pushed> {
    const payload = pushPayload(this.env['TWINHULL_REPOSITORY'] ?? '', commit, { ref: `refs/heads/${branch}` });
    const { url, headers, payload: body } = webhookRequest(payload, { secret, delivery });
    const answer = await fetch(this.#address + url, { method: 'POST', headers, body });
    return { status: answer.status, json: (await answer.json()) as Pushed['json'] };
  }

  async builds(): Promise<readonly BuildSummaryJson[]> {
    return (JSON.parse(await this.text('/v1/builds')) as { builds: BuildSummaryJson[] }).builds;
  }

  async build(id: string): Promise<BuildJson> {
    return JSON.parse(await this.text(`/v1/builds/${id}`)) as BuildJson;
  }

  async text(path: string): Promise<string> {
    const answer = await fetch(this.#address + path, { headers: { authorization: `Bearer ${this.#token}` } });
    const text = await answer.text();
    if (answer.ok) return text;
    throw new Error(`GET ${path}: ${answer.status}: ${text}`);
  }

  /** Everything that is stored, as bytes. */
  async database(): Promise<string> {
    const files = ['twinhull.db', 'twinhull.db-wal'].map((name) => join(this.bed.stateFolder, name));
    const texts = files.map((file) => readFile(file, 'latin1').catch(() => ''));
    return (await Promise.all(texts)).join('');
  }

  async dispose(): Promise<void> {
    await this.kill();
    this.repository.remove();
  }
}
