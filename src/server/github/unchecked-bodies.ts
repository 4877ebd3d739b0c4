/**
 * Limits the memory of bodies whose signature is not checked yet, because anyone can send them. It counts the bytes
 * that they may reach, not the requests, so that a burst of small ones, such as many branches pushed at once, is not
 * refused.
 */
export class UncheckedBodies {
  readonly #most: number;
  readonly #held = new Map<object, number>();
  #taken = 0;

  /** @param most of all together, in bytes */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns whether so many bytes are free; they belong to `holder` until it releases them */
  take(holder: object, bytes: number): boolean {
    if (this.#taken + bytes > this.#most) return false;
    this.#taken += bytes;
    this.#held.set(holder, bytes);
    return true;
  }

  /** Idempotent. */
  release(holder: object): void {
    this.#taken -= this.#held.get(holder) ?? 0;
    this.#held.delete(holder);
  }
}
