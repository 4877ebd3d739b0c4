/** Grants writers exclusive turns, in the order of their calls. */
export class WriteQueue {
  #last: Promise<void> = Promise.resolve();

  /**
   * @param milliseconds the longest wait for the turn
   * @returns ends the turn; undefined when it did not come in time
   */
  async take(milliseconds: number): Promise<(() => void) | undefined> {
    const before = this.#last;
    let end = (): void => undefined;
    const own = new Promise<void>((resolve) => (end = resolve));
    this.#last = before.then(() => own);
    if (await comesWithin(before, milliseconds)) return end;
    end();
    return undefined;
  }
}

async function comesWithin(turn: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), milliseconds)));
  const came = await Promise.race([turn.then(() => true as const), late]);
  clearTimeout(timer);
  return came;
}
