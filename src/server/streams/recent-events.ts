import type { StreamEvent } from './sse.ts';

/** An event that is sent with an id. */
export interface NumberedEvent extends StreamEvent {
  readonly id: number;
}

/**
 * The newest events of a stream, up to a number of bytes. Streams have no queues: each knows the last id that it sent,
 * and finds the next event here, or in the store if it was evicted.
 */
export class RecentEvents<Event extends NumberedEvent> {
  readonly #mostBytes: number;
  readonly #events: Event[] = [];
  #bytes = 0;
  #from: number;
  #latest: number;

  /** @param after the id after which they begin */
  constructor(after: number, mostBytes: number) {
    this.#from = after;
    this.#latest = after;
    this.#mostBytes = mostBytes;
  }

  /** Every event with a greater id is here. */
  get from(): number {
    return this.#from;
  }

  /** The greatest id so far. */
  get latest(): number {
    return this.#latest;
  }

  /** Ids must increase. */
  push(event: Event): void {
    this.#events.push(event);
    this.#latest = event.id;
    this.#bytes += event.wire.length;
    while (this.#bytes > this.#mostBytes) {
      const oldest = this.#events.shift();
      if (oldest === undefined) return;
      this.#bytes -= oldest.wire.length;
      this.#from = oldest.id;
    }
  }

  /** The first event after an id that `isWanted` accepts; for an id before `from`, the search covers what is left. */
  next(after: number, isWanted: (event: Event) => boolean = () => true): Event | undefined {
    for (let index = this.#indexAfter(after); index < this.#events.length; index += 1) {
      const event = this.#events[index];
      if (event !== undefined && isWanted(event)) return event;
    }
    return undefined;
  }

  #indexAfter(id: number): number {
    let [low, high] = [0, this.#events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.id ?? 0) > id) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
