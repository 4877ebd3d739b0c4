/** A binary heap of the times from which hosts are free, the earliest on top. */
export class HostHeap {
  readonly #times: number[] = [];

  get size(): number {
    return this.#times.length;
  }

  /** The earliest time; Infinity when the heap is empty. */
  get earliest(): number {
    return this.#times[0] ?? Infinity;
  }

  push(time: number): void {
    const times = this.#times;
    let at = times.length;
    times.push(time);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = times[parent] ?? -Infinity;
      if (above <= time) break;
      times[at] = above;
      at = parent;
    }
    times[at] = time;
  }

  /** Removes the earliest. */
  pop(): void {
    const last = this.#times.pop();
    if (last !== undefined && this.#times.length > 0) this.replaceEarliest(last);
  }

  /** The same as `pop` and `push`, in one step. */
  replaceEarliest(time: number): void {
    const times = this.#times;
    const { length } = times;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      let least = times[child] ?? Infinity;
      const other = child + 1 < length ? (times[child + 1] ?? Infinity) : Infinity;
      if (other < least) {
        child++;
        least = other;
      }
      if (least >= time) break;
      times[at] = least;
      at = child;
    }
    times[at] = time;
  }
}
