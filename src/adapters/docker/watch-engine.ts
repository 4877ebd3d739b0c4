import { finished } from 'node:stream/promises';
import type { Clock } from '../../ports/clock.ts';
import type { Engine } from './engine.ts';
import { builderLabel } from './job-container.ts';

const events = ['start', 'die', 'oom', 'destroy', 'pause', 'unpause'];
const firstPause = 500;
const longestPause = 30_000;

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
  let pause = firstPause;
  while (!signal.aborted) {
    try {
      const stream = await openEvents(engine, signal);
      pause = firstPause;
      onChange();
      await finished(stream.on('data', onChange));
    } catch {
      // Events only wake the driver, which meets the same error when it polls this engine, and reports it.
    }
    await clock.sleep(pause, signal);
    pause = Math.min(pause * 2, longestPause);
  }
}

async function openEvents(engine: Engine, signal: AbortSignal): Promise<NodeJS.ReadableStream> {
  const filters = { type: ['container'], label: [builderLabel], event: events };
  return await engine.call('watch jobs', (api, late) => api.events(filters, AbortSignal.any([late, signal])));
}
