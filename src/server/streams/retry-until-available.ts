import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import { intervals } from './intervals.ts';

/**
 * Repeats a query until the store answers: an open stream survives an unavailable store.
 * @throws what `ask` throws other than `StoreUnavailable`, or when `signal` aborts
 */
export async function retryUntilAvailable<T>(ask: () => Promise<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted || !TwinhullError.is(error, 'StoreUnavailable')) throw error;
      await clock.sleep(intervals.retry, signal);
    }
  }
}
