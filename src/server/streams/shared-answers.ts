/** Answers of queries, each asked once for all callers until it is forgotten. */
export class SharedAnswers<T> {
  readonly #most: number;
  readonly #sizeOf: (answer: T) => number;
  readonly #answers = new Map<string, Promise<T>>();
  #size = 0;

  /** @param most how much is kept; a greater answer is shared only by those who wait for it */
  constructor(most = Number.POSITIVE_INFINITY, sizeOf: (answer: T) => number = () => 0) {
    this.#most = most;
    this.#sizeOf = sizeOf;
  }

  /** @throws what `ask` throws, which is not kept */
  of(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = ask();
    this.#answers.set(key, answer);
    answer.then(
      (value) => {
        if (this.#answers.get(key) !== answer) return;
        const size = this.#sizeOf(value);
        if (this.#size + size > this.#most) this.#answers.delete(key);
        else this.#size += size;
      },
      () => {
        if (this.#answers.get(key) === answer) this.#answers.delete(key);
      },
    );
    return answer;
  }

  /** Later callers ask again. */
  forget(): void {
    this.#answers.clear();
    this.#size = 0;
  }
}
