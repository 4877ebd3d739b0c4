import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is true or the time is over; says which. */
export async function poll(condition: () => Promise<boolean> | boolean, timeoutMilliseconds: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMilliseconds;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
}
