/**
 * How much of the memory bodies may take up whose signature is not checked yet: anybody can send them. Counted by what
 * they may come to, not one by one, so that a burst of small ones, as of many branches pushed at once, is not refused.
 */
export class UncheckedBodies {
  readonly #most: number;
  readonly #held = new Map<object, number>();
  #taken = 0;

  /** @param most of all together, in bytes */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns whether there is room for so many bytes, which are `holder`'s until it releases them */
  take(holder: object, bytes: number): boolean {
    if (this.#taken + bytes > this.#most) return false;
    this.#taken += bytes;
    this.#held.set(holder, bytes);
    return true;
  }

  /** May be called as often as one likes. */
  release(holder: object): void {
    this.#taken -= this.#held.get(holder) ?? 0;
    this.#held.delete(holder);
  }
}
