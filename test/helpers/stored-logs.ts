import type { BuildStore, LogId } from '../../src/ports/build-store.ts';
import { arm64, sampleBuild, samplePlan } from './sample-builds.ts';
import { failedBuild } from './shown-builds.ts';

const nonce = '0123456789abcdef0123456789abcdef';

/** When the first line of a stored log was printed. */
export const printedSince = Date.UTC(2026, 2, 4, 5, 6, 7);

/** In characters: as much as the Docker backend stores at once. */
const chunkLength = 64 * 1024;

/** A mark of the builder, as a line. @param words after its time, in seconds */
export function markLine(seconds: number, words: string): string {
  return `##twinhull ${nonce} ${seconds.toFixed(2)} ${words}`;
}

/** A log that was stored directly, as a job's is while it runs. */
export class StoredLog {
  readonly buildId: string;
  readonly #store: BuildStore;
  readonly #log: LogId;
  #offset = 0;
  #printed = 0;

  private constructor(store: BuildStore, build: { readonly id: string }) {
    this.buildId = build.id;
    this.#store = store;
    this.#log = { buildId: build.id, platform: arm64, attempt: 1 };
  }

  /** A build whose arm64 job runs, and has printed nothing yet. */
  static async begin(store: BuildStore): Promise<StoredLog> {
    const plan = samplePlan();
    const build = sampleBuild(plan, { createdAt: Date.now() });
    const job = { platform: arm64, attempt: 1 } as const;
    const platforms = plan.jobs.map(({ platform }) => platform);
    const created = { commit: build.commit, recipe: build.recipe, platforms };
    await store.create(build, plan, [{ type: 'build.created', ...created }]);
    const running = await store.append(
      build,
      [
        { type: 'job.intended', ...job, name: `twinhull-${build.id}-arm64-1` },
        { type: 'job.queued', ...job, backendId: `stored-${build.id}`, adopted: false },
        { type: 'job.started', ...job, startedAt: Date.now(), jobKey: 'key' },
      ],
      Date.now(),
    );
    const log = new StoredLog(store, running);
    await log.print([markLine(0, 'hello 2 1767225600 key')]);
    return log;
  }

  /** Stores lines, a millisecond apart. */
  async print(lines: Iterable<string>): Promise<void> {
    let [text, times]: [string, number[]] = ['', []];
    const flush = async (): Promise<void> => {
      const chunk = { log: this.#log, offset: this.#offset, text, times, cursor: String(this.#printed) };
      if (!(await this.#store.appendLog(chunk, [], Date.now()))) throw new Error('another process stores this log');
      this.#offset += Buffer.byteLength(text);
      [text, times] = ['', []];
    };
    for (const line of lines) {
      text += `${line}\n`;
      times.push(printedSince + (this.#printed += 1));
      if (text.length >= chunkLength) await flush();
    }
    if (text !== '') await flush();
  }

  /** The build fails. */
  async end(): Promise<void> {
    const { failure } = failedBuild();
    if (failure === undefined) throw new Error('the sample build has not failed');
    const build = await this.#store.load(this.buildId);
    if (build === undefined) throw new Error('there is no such build');
    await this.#store.append(build, [{ type: 'build.failed', failure }], Date.now());
  }
}

/** Lines such as a compiler prints, numbered from 1. */
export function* compilerLines(from: number, to: number): Generator<string> {
  for (let n = from; n <= to; n += 1)
    yield `line ${String(n)} of the log: cc -O2 -Wall -Wextra -c src/module.c -o build/module.o`;
}
