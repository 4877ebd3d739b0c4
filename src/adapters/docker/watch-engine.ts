import { finished } from 'node:stream/promises';
import { backoff } from '../../domain/retry.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Engine } from './engine.ts';
import { builderLabel } from './job-container.ts';

const events = ['start', 'die', 'oom', 'destroy', 'pause', 'unpause'];
const pauses = { first: 500, longest: 30_000 };

/**
 * Calls `onChange` at the events of builder containers until `signal` aborts. It reconnects to an unavailable engine;
 * events missed meanwhile are unknown, so each new connection counts as a change.
 */
export async function watchEngine(
  engine: Engine,
  onChange: () => void,
  signal: AbortSignal,
  clock: Clock,
): Promise<void> {
  let tries = 0;
  while (!signal.aborted) {
    try {
      const stream = await openEvents(engine, signal);
      tries = 0;
      onChange();
      await finished(stream.on('data', onChange));
    } catch {
      // Events only wake the driver, which meets the same error when it polls this engine, and reports it.
    }
    tries += 1;
    await clock.sleep(backoff(tries, pauses), signal);
  }
}

async function openEvents(engine: Engine, signal: AbortSignal): Promise<NodeJS.ReadableStream> {
  const filters = { type: ['container'], label: [builderLabel], event: events };
  return await engine.call('watch jobs', (api, late) => api.events(filters, AbortSignal.any([late, signal])));
}
