import type { Build, Comparison } from './api.ts';
import { request } from './session.ts';
import { hasEnded } from './text.ts';

/** Reads the comparison of a build: of an ended build once, because the service scans whole logs for it. */
export class ComparisonReader {
  readonly #id: string;
  #last: { readonly comparison: Comparison; readonly of: string } | undefined;
  #reading: Promise<Comparison> | undefined;

  /** @param id of the build */
  constructor(id: string) {
    this.#id = id;
  }

  /**
   * The comparison as it is now; one read at a time, which later calls share.
   * @param signal abandons the read. @throws ApiError, or the reason of `signal`
   */
  read(signal?: AbortSignal): Promise<Comparison> {
    this.#reading ??= this.#read(signal).finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #read(signal: AbortSignal | undefined): Promise<Comparison> {
    // Before the comparison: that of a build which had ended by then is the last one, until a retry.
    const build = await request<Build>(`/v1/builds/${this.#id}`, { signal });
    const of = endOf(build);
    if (this.#last !== undefined && this.#last.of === of) return this.#last.comparison;
    const comparison = await request<Comparison>(`/v1/builds/${this.#id}/comparison`, { signal });
    this.#last = of === undefined ? undefined : { comparison, of };
    return comparison;
  }
}

/** Names the end of a build, by its state and attempts; undefined while it runs. */
function endOf({ state, jobs }: Build): string | undefined {
  if (!hasEnded(state)) return undefined;
  return [state, ...jobs.map(({ attempts }) => attempts.length)].join(' ');
}
