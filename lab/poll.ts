import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until the condition is true or the time is up; returns which. */
export async function poll(condition: () => Promise<boolean> | boolean, timeoutMilliseconds: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMilliseconds;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
}
