import type { Readable } from 'node:stream';
import type { Clock } from '../../ports/clock.ts';
import type { Engine } from './engine.ts';
import { builderLabel } from './job-container.ts';

const events = ['start', 'die', 'oom', 'destroy', 'pause', 'unpause'];
const firstPause = 500;
const longestPause = 30_000;

/**
 * Calls `onChange` at the events of builder containers until `signal` aborts. An engine that is not there is waited
 * for; what happened meanwhile is unknown, so each new connection counts as a change.
 */
export async function watchEngine(engine: Engine, onChange: () => void, signal: AbortSignal, clock: Clock): Promise<void> {
  let pause = firstPause;
  while (!signal.aborted) {
    try {
      const stream = await openEvents(engine);
      pause = firstPause;
      onChange();
      await readEvents(stream, onChange, signal);
    } catch {
      // Only a wake-up: whoever acts upon it meets the same engine, and reports it.
    }
    await clock.sleep(pause, signal);
    pause = Math.min(pause * 2, longestPause);
  }
}

async function openEvents(engine: Engine): Promise<Readable> {
  const stream = await engine.call('watch jobs', (docker, abortSignal) =>
    docker.getEvents({ filters: { type: ['container'], label: [builderLabel], event: events }, abortSignal }),
  );
  return stream as Readable;
}

async function readEvents(stream: Readable, onChange: () => void, signal: AbortSignal): Promise<void> {
  const stop = (): void => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) return stop();
    for await (const _ of stream) onChange();
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
}
