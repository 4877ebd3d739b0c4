/** The times since which hosts are idle, added in ascending order and taken from either end. */
export class IdleHosts {
  #times: number[];
  #first = 0;

  /** @param count hosts that are idle since time 0 */
  constructor(count: number) {
    this.#times = Array.from({ length: count }, () => 0);
  }

  get size(): number {
    return this.#times.length - this.#first;
  }

  /** Since when the longest idle one is; Infinity without hosts. */
  get longest(): number {
    return this.#times[this.#first] ?? Infinity;
  }

  add(time: number): void {
    this.#times.push(time);
  }

  /** Only while there are hosts. */
  takeLongest(): number {
    const time = this.longest;
    this.#first++;
    if (this.#first > 1_024 && this.#first * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#first);
      this.#first = 0;
    }
    return time;
  }

  /** Only while there are hosts. */
  takeLatest(): number {
    return this.#times.pop() ?? 0;
  }
}
