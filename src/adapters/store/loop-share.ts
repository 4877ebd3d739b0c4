/** How long statements may hold the event loop before other work has its turn, in milliseconds. */
const longestHold = 10;

/**
 * Lets the event loop turn between statements that block it. Statements of SQLite end before their promise is awaited,
 * so thousands of queued ones would otherwise run without a turn.
 */
export class LoopShare {
  #heldSince: number | undefined;
  #turn: Promise<void> = Promise.resolve();

  /** Resolves at once, or after a turn of the event loop if statements have held it for long. */
  async take(): Promise<void> {
    if (this.#heldSince === undefined) {
      this.#heldSince = performance.now();
      this.#turn = new Promise((resolve) => {
        setImmediate(() => {
          this.#heldSince = undefined;
          resolve();
        });
      });
    } else if (performance.now() - this.#heldSince > longestHold) {
      await this.#turn;
      await this.take();
    }
  }
}
