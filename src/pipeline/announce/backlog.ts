import type { BuildEventType, RecordedEvent } from '../../domain/build-event.ts';

/** Events after which a build stands differently for those outside. */
const news: ReadonlySet<BuildEventType> = new Set([
  'build.created',
  'build.retried',
  'build.published',
  'build.failed',
  'build.cancelled',
]);

interface Waiting {
  /** Sequence of the first event of which nothing was told yet. */
  readonly first: number;
  /** Sequence of the last one. */
  readonly last: number;
  readonly tries: number;
  /** When it was tried first, and when to try it next. */
  readonly since: number;
  readonly due: number;
}

/** How often, and since when, a build was tried in vain. */
export type Trial = Pick<Waiting, 'tries' | 'since'>;

/**
 * Builds that are to be told of, and how far the events were read for that. However many events a build has, it waits
 * once: what is told is how it stands when its turn comes.
 */
export class Backlog {
  readonly #waiting = new Map<string, Waiting>();
  #read: number;

  /** @param sequence of the last event that is done with */
  constructor(sequence: number) {
    this.#read = sequence;
  }

  /** Sequence of the last event that was read. */
  get read(): number {
    return this.#read;
  }

  /** Sequence up to which all is done with. */
  get cursor(): number {
    let least = this.#read;
    for (const { first } of this.#waiting.values()) least = Math.min(least, first - 1);
    return least;
  }

  /** @param events those after `read`, in their order */
  add(events: readonly RecordedEvent[], now: number): void {
    for (const { sequence, buildId, event } of events) {
      this.#read = sequence;
      if (!news.has(event.type)) continue;
      const waiting = this.#waiting.get(buildId) ?? { first: sequence, tries: 0, since: now, due: now };
      this.#waiting.set(buildId, { ...waiting, last: sequence });
    }
  }

  /** The build whose turn it is; undefined while none is due. */
  next(now: number): string | undefined {
    for (const [id, { due }] of this.#waiting) if (due <= now) return id;
    return undefined;
  }

  /** Whether a build that waits has had news after the event of this sequence. */
  hasNews(id: string, sequence: number): boolean {
    return (this.#waiting.get(id)?.last ?? 0) > sequence;
  }

  done(id: string): void {
    this.#waiting.delete(id);
  }

  /** Puts a build behind the others, for as long as `pause` says. */
  postpone(id: string, now: number, pause: (trial: Trial) => number): Trial {
    const unknown = { first: this.#read, last: this.#read, tries: 0, since: now };
    const { first, last, tries, since } = this.#waiting.get(id) ?? unknown;
    const trial = { tries: tries + 1, since };
    this.#waiting.delete(id);
    this.#waiting.set(id, { first, last, ...trial, due: now + pause(trial) });
    return trial;
  }
}
