/** Wakes all waiters at once, like the condition variable of a monitor. */
export class ChangeSignal {
  readonly #waiting = new Set<() => void>();

  notifyAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves at the next notification, or when `signal` aborts. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
