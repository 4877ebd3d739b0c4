import { execa, type ResultPromise } from 'execa';
import type { BuildJson } from '../src/build-json/shapes.ts';
import type { Plan } from '../src/domain/plan.ts';
import { type Bed, program } from './bed.ts';
import type { BenchEngine } from './engine.ts';

export interface TwinhullOptions {
  readonly engine: BenchEngine;
  /** `host:port/path` */
  readonly destination: string;
}

/** The command line as users run it, with its own state folder. */
export class Twinhull {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #running = new Set<ResultPromise>();

  constructor(bed: Bed, { engine, destination }: TwinhullOptions) {
    const { lab } = bed;
    this.#environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: bed.newFolder(),
      DOCKER_HOST: engine.host,
      TWINHULL_STATE_DIR: bed.newFolder(),
      TWINHULL_BUILDER_IMAGE: engine.builderImage,
      TWINHULL_GIT_TOKEN_FILE: lab.git.tokenFile,
      TWINHULL_GIT_HOST: new URL(lab.git.url).host,
      TWINHULL_GIT_CA_FILE: lab.git.caFile,
      TWINHULL_DESTINATION: destination,
    };
    bed.defer(() => this.#kill());
  }

  /** Starts a command without waiting for it. */
  start(...words: readonly string[]) {
    const options = { env: this.#environment, extendEnv: false, buffer: false, stdin: 'ignore' } as const;
    return this.#watched(execa(process.execPath, [program, ...words], options));
  }

  /** @returns its output @throws with all of its output when it fails */
  async run(...words: readonly string[]): Promise<string> {
    const options = { env: this.#environment, extendEnv: false, stdin: 'ignore' } as const;
    return (await this.#watched(execa(process.execPath, [program, ...words], options))).stdout;
  }

  #watched<Child extends ResultPromise>(child: Child): Child {
    this.#running.add(child);
    const forget = (): void => void this.#running.delete(child);
    child.then(forget, forget);
    return child;
  }

  async #kill(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL');
    await Promise.allSettled(this.#running);
  }

  async plan(request: BuildRequest): Promise<Plan> {
    return JSON.parse(await this.run('plan', '--json', ...wordsOf(request))) as Plan;
  }

  async build(request: BuildRequest): Promise<BuildJson> {
    return JSON.parse(await this.run('build', '--json', ...wordsOf(request))) as BuildJson;
  }
}

export interface BuildRequest {
  readonly repository: string;
  readonly commit: string;
  /** Path of the recipe's file. */
  readonly recipe: string;
}

export function wordsOf({ repository, commit, recipe }: BuildRequest): readonly string[] {
  return ['--repository', repository, '--ref', commit, '--recipe', recipe];
}
