import { TwinhullError } from '../../domain/errors/twinhull-error.ts';

/** Bounds that protect git servers, and this process's memory. */
export interface BoundedQueueOptions {
  /** What the tasks are, for errors: `lookups at git servers`. */
  readonly what: string;
  /** How many tasks run at once. */
  readonly most: number;
  /** How many more may wait. */
  readonly mostWaiting: number;
}

interface Waiting {
  readonly lane: string;
  readonly key: string;
  readonly start: () => Promise<void>;
  readonly result: Promise<unknown>;
}

/**
 * Runs a limited number of tasks at once, and one at a time per lane. Callers share a waiting task of the same key; one
 * that has begun is not shared, because it may have missed a later change.
 */
export class BoundedQueue {
  readonly #options: BoundedQueueOptions;
  readonly #busy = new Set<string>();
  readonly #waiting: Waiting[] = [];

  constructor(options: BoundedQueueOptions) {
    this.#options = options;
  }

  /** @throws TooManyRequests when too many wait, and the errors of the task */
  run<T>(lane: string, key: string, work: () => Promise<T>): Promise<T> {
    const shared = this.#waiting.find((waiting) => waiting.lane === lane && waiting.key === key);
    if (shared !== undefined) return shared.result as Promise<T>;
    if (this.#waiting.length >= this.#options.mostWaiting) return Promise.reject(tooMany(this.#options));
    const { promise, resolve, reject } = withResolvers<T>();
    const start = () => work().then(resolve, reject);
    this.#waiting.push({ lane, key, start, result: promise });
    this.#startNext();
    return promise;
  }

  #startNext(): void {
    if (this.#busy.size >= this.#options.most) return;
    const at = this.#waiting.findIndex(({ lane }) => !this.#busy.has(lane));
    const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (next === undefined) return;
    this.#busy.add(next.lane);
    void next.start().finally(() => {
      this.#busy.delete(next.lane);
      this.#startNext();
    });
    this.#startNext();
  }
}

/** `Promise.withResolvers` of later Node releases. */
function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

function tooMany({ what, mostWaiting }: BoundedQueueOptions): TwinhullError {
  return new TwinhullError('TooManyRequests', `${mostWaiting} ${what} are waiting`, {
    hint: 'give all 40 digits of the commit, or try again later',
  });
}
