interface Made<T> {
  readonly thing: T;
  readonly over: AbortController;
  users: number;
}

/** Shared resources: each is created for its first user, and ended when its last user leaves. */
export class Shared<Key, T> {
  readonly #nameOf: (key: Key) => string;
  readonly #make: (key: Key, over: AbortSignal) => T;
  readonly #made = new Map<string, Made<T>>();

  /** @param nameOf equal for keys of the same resource */
  constructor(nameOf: (key: Key) => string, make: (key: Key, over: AbortSignal) => T) {
    this.#nameOf = nameOf;
    this.#make = make;
  }

  /** How many are in use. */
  get size(): number {
    return this.#made.size;
  }

  /** Holds one for as long as the iterable that `use` returns is read. */
  async *using<Item>(key: Key, use: (thing: T) => AsyncIterable<Item>): AsyncGenerator<Item> {
    const name = this.#nameOf(key);
    const made = this.#made.get(name) ?? this.#begin(key, name);
    made.users += 1;
    try {
      yield* use(made.thing);
    } finally {
      made.users -= 1;
      if (made.users === 0) {
        this.#made.delete(name);
        made.over.abort();
      }
    }
  }

  #begin(key: Key, name: string): Made<T> {
    const over = new AbortController();
    const made = { thing: this.#make(key, over.signal), over, users: 0 };
    this.#made.set(name, made);
    return made;
  }
}
