import type { BuildEventType, RecordedEvent } from '../../domain/build-event.ts';

/** Events that change the state that is delivered. */
const stateChanges: ReadonlySet<BuildEventType> = new Set([
  'build.created',
  'build.waiting',
  'build.started',
  'build.retried',
  'build.published',
  'build.failed',
  'build.cancelled',
  'build.superseded',
]);

interface Waiting {
  /** Sequence of the first event that was not delivered. */
  readonly first: number;
  /** Sequence of the last one. */
  readonly last: number;
  readonly tries: number;
  /** When it was first tried, and when to try next. */
  readonly since: number;
  readonly due: number;
}

/** How often delivery has failed, and since when. */
export type Trial = Pick<Waiting, 'tries' | 'since'>;

/**
 * Builds to be delivered, and how far the events were read. A build waits once, however many events it has: its state
 * is read when its turn comes.
 */
export class Backlog {
  readonly #waiting = new Map<string, Waiting>();
  #read: number;

  /** @param sequence of the last event that needs no more delivery */
  constructor(sequence: number) {
    this.#read = sequence;
  }

  /** Sequence of the last event that was read. */
  get read(): number {
    return this.#read;
  }

  /** Sequence up to which everything is delivered or skipped. */
  get cursor(): number {
    let least = this.#read;
    for (const { first } of this.#waiting.values()) least = Math.min(least, first - 1);
    return least;
  }

  /** @param events those after `read`, in order */
  add(events: readonly RecordedEvent[], now: number): void {
    for (const { sequence, buildId, event } of events) {
      this.#read = sequence;
      if (!stateChanges.has(event.type)) continue;
      const waiting = this.#waiting.get(buildId) ?? { first: sequence, tries: 0, since: now, due: now };
      this.#waiting.set(buildId, { ...waiting, last: sequence });
    }
  }

  /** The build whose turn it is; undefined while none is due. */
  next(now: number): string | undefined {
    for (const [id, { due }] of this.#waiting) if (due <= now) return id;
    return undefined;
  }

  /** Whether a waiting build has changed after the event of this sequence. */
  hasChanged(id: string, sequence: number): boolean {
    return (this.#waiting.get(id)?.last ?? 0) > sequence;
  }

  done(id: string): void {
    this.#waiting.delete(id);
  }

  /** Puts a build behind the others, for the time that `pause` returns. */
  postpone(id: string, now: number, pause: (trial: Trial) => number): Trial {
    const unknown = { first: this.#read, last: this.#read, tries: 0, since: now };
    const { first, last, tries, since } = this.#waiting.get(id) ?? unknown;
    const trial = { tries: tries + 1, since };
    this.#waiting.delete(id);
    this.#waiting.set(id, { first, last, ...trial, due: now + pause(trial) });
    return trial;
  }
}
