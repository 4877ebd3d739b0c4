import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import { intervals } from './intervals.ts';

/**
 * Asks the store until it answers: an open stream outlasts a store that is away for a while.
 * @throws what `ask` throws, when it is no `StoreUnavailable`, or `signal` aborted
 */
export async function persistently<T>(ask: () => Promise<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted || !TwinhullError.is(error, 'StoreUnavailable')) throw error;
      await clock.sleep(intervals.retry, signal);
    }
  }
}
