import { join } from 'node:path';
import type { GitRepository } from '../../lab/lab.ts';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { type AttemptState, lastAttempt } from '../../src/domain/build.ts';
import type { Platform } from '../../src/domain/platform.ts';
import { E2eBed, type RunOptions } from './e2e-bed.ts';
import { BuilderWatch } from './e2e-builder-watch.ts';
import { type Gate, openGate } from './e2e-gate.ts';
import { endProcesses, processesOf } from './e2e-processes.ts';
import { oneImage } from './e2e-recipes.ts';
import { pollUntil } from './poll-until.ts';

/** Other processes take over soon: no test should have to wait ten seconds for that. */
const quickTakeover = { TWINHULL_LEASE_SECONDS: '1', TWINHULL_INTERVAL_SECONDS: '0.2' };

/**
 * A build of one image, in a bed of its own, whose two jobs pause in the middle until the test releases them. What a
 * test does meanwhile happens while they run, at any speed of the machine.
 */
export class GatedBuild {
  readonly bed: E2eBed;
  readonly builders: BuilderWatch;
  readonly repository: GitRepository;
  readonly #recipe: string;
  readonly #gate: Gate;

  private constructor(parts: {
    bed: E2eBed;
    builders: BuilderWatch;
    repository: GitRepository;
    recipe: string;
    gate: Gate;
  }) {
    this.bed = parts.bed;
    this.builders = parts.builders;
    this.repository = parts.repository;
    this.#recipe = parts.recipe;
    this.#gate = parts.gate;
  }

  static async open(): Promise<GatedBuild> {
    const bed = await E2eBed.open();
    const gate = await openGate(bed);
    const { repository } = await bed.repository({ Dockerfile: gate.dockerfile('first') });
    const recipe = await bed.file(oneImage());
    return new GatedBuild({ bed, builders: await BuilderWatch.open(bed.docker), repository, recipe, gate });
  }

  /** The words after `twinhull` that build a reference of the repository. */
  words(...more: readonly string[]): readonly string[] {
    return ['build', '--repository', this.repository.url, '--ref', 'main', '--recipe', this.#recipe, ...more];
  }

  /** Another commit on a branch of its own. @returns its digits */
  commit(branch: string): Promise<string> {
    return this.repository.commit({ Dockerfile: this.#gate.dockerfile(branch) }, { branch });
  }

  start(words: readonly string[], options: RunOptions = {}): ReturnType<E2eBed['start']> {
    return this.bed.start(words, { ...options, env: { ...quickTakeover, ...options.env } });
  }

  run(words: readonly string[], options: RunOptions = {}): ReturnType<E2eBed['run']> {
    return this.bed.run(words, { ...options, env: { ...quickTakeover, ...options.env } });
  }

  /** The environment of every process of it. */
  environment(): Record<string, string> {
    return this.bed.environment(quickTakeover);
  }

  /**
   * Resolves to the one build of the store once this many of its jobs wait at the gate and are recorded as running: a
   * driver that is killed after that has no submit in progress.
   */
  async pausedAtGate(jobs = 2): Promise<BuildJson> {
    await pollUntil(`${jobs} jobs at the gate`, () => this.#gate.waiting() >= jobs);
    await pollUntil(`${jobs} jobs recorded as running`, async () => (await this.recorded('running')).length >= jobs);
    const [build, ...others] = await this.bed.builds();
    if (build === undefined || others.length > 0)
      throw new Error(`there are ${others.length} builds too many, or none`);
    return this.bed.status(build.id);
  }

  /** Platforms of the builds of the store whose last attempt is recorded in this state. */
  async recorded(state: AttemptState): Promise<readonly Platform[]> {
    const store = await openSqliteStore(join(this.bed.stateFolder, 'twinhull.db'));
    try {
      const jobs = (await store.open()).flatMap((build) => build.jobs);
      return jobs.filter((job) => lastAttempt(job)?.state === state).map(({ platform }) => platform);
    } finally {
      await store.close();
    }
  }

  /** Releases all jobs, including later ones. */
  letGo(): void {
    this.#gate.letGo();
  }

  /** `host:pid:...` of the process that drives the builds of the store; undefined when none does. */
  async leaseHolder(): Promise<string | undefined> {
    const store = await openSqliteStore(join(this.bed.stateFolder, 'twinhull.db'));
    try {
      return (await store.leaseHolder(Date.now()))?.owner;
    } finally {
      await store.close();
    }
  }

  /** Processes that work or wait for this bed. */
  processes(): Promise<readonly number[]> {
    return processesOf(this.bed.stateFolder);
  }

  async dispose(): Promise<void> {
    await this.#gate.close();
    await this.bed.dispose();
    endProcesses(await this.processes());
    this.builders.close();
  }
}
