import { vi } from 'vitest';
import type { BuildStore } from '../../src/ports/build-store.ts';
import { pollUntil } from './poll-until.ts';

export interface HeldLogReads {
  /** How many reads have begun. */
  count(): number;
  /** Waits until the first one has begun. */
  begun(): Promise<unknown>;
  letGo(): void;
}

/** Keeps all reads of logs waiting until they are released. */
export function holdLogReads(store: BuildStore): HeldLogReads {
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const read = store.readLog.bind(store);
  const reads = vi.spyOn(store, 'readLog').mockImplementation(async (...words) => {
    await gate;
    return read(...words);
  });
  const count = (): number => reads.mock.calls.length;
  return { count, begun: () => pollUntil('a read of a log', () => count() === 1), letGo: () => letGo() };
}
