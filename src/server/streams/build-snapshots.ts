import { buildToJson } from '../../build-json/json.ts';
import { shownBuild } from '../../build-json/live-phases.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import type { FeedParts } from './event-feed.ts';
import { retryUntilAvailable } from './retry-until-available.ts';
import { type StreamEvent, streamEvent } from './sse.ts';

/** How long a snapshot is used while no event reports a change, in milliseconds: prune removes events too. */
const longestUse = 10_000;

/** One build as the API returns it, loaded and encoded once after each of its events, for all streams of the process. */
export class BuildSnapshots {
  readonly #id: string;
  readonly #parts: FeedParts;
  readonly #over: AbortSignal;
  #last: { readonly after: number; readonly at: number; readonly answer: Promise<StreamEvent> } | undefined;

  /** @param id of the build. @param over ends waiting for the store */
  constructor(id: string, parts: FeedParts, over: AbortSignal) {
    this.#id = id;
    this.#parts = parts;
    this.#over = over;
  }

  /** The build after the event of this number, or later. @throws BuildNotFound */
  after(sequence: number): Promise<StreamEvent> {
    const { clock } = this.#parts;
    const known = this.#last;
    if (known !== undefined && known.after >= sequence && clock.now() - known.at <= longestUse) return known.answer;
    const answer = this.#load();
    this.#last = { after: sequence, at: clock.now(), answer };
    answer.catch(() => (this.#last = undefined));
    return answer;
  }

  async #load(): Promise<StreamEvent> {
    const { store, clock } = this.#parts;
    const build = await retryUntilAvailable(
      async () => shownBuild(store, await requireBuild(store, this.#id)),
      clock,
      this.#over,
    );
    return streamEvent(undefined, 'build', buildToJson(build));
  }
}
