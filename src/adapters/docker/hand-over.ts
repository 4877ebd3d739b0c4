import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import type { Engine } from './engine.ts';
import { isRefusal } from './engine-errors.ts';
import { type JobFile, packJobFiles } from './job-files.ts';

/** How long the files may still be in transit after a start whose response was lost, in milliseconds. */
const lostStartDeadline = 2_000;

/** How long written data may take to reach the engine, such as through ssh, in milliseconds. */
const flushTime = 2_000;

/**
 * Starts a container whose first program is receive.sh, and sends it its files, which never touch the engine's storage.
 * If this process dies in between, the container's input ends early, and the container exits by itself, with
 * `exitCodes.bootstrap`.
 */
export async function startWithFiles(engine: Engine, id: string, files: readonly JobFile[]): Promise<void> {
  const parcel = packJobFiles(files);
  const input = await engine.call('attach to a job', (api, signal) => api.attachInput(id, signal));
  const closed = finished(input.resume());
  closed.catch(() => undefined);
  try {
    input.end(parcel);
    await engine.call('start a job', (api, signal) => api.startContainer(id, signal));
    // The engine reads the files only once the container is running.
    await engine.call('hand a job its files', (_, signal) => areThrough(input, closed, signal));
  } catch (error) {
    // The container may have started all the same: then it still gets its files.
    if (!isRefusal(error))
      await engine.call('hand a job its files', () => closed, lostStartDeadline).catch(() => undefined);
    throw error;
  } finally {
    input.destroy();
    parcel.fill(0);
  }
}

/**
 * The engine closes the connection once it has forwarded everything; but if the container was running before the engine
 * read from the connection, only when the container has ended (moby's ContainerAttach with StdinOnce).
 */
async function areThrough(input: Duplex, closed: Promise<void>, signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const options = { signal: AbortSignal.any([signal, stop.signal]) };
  const written = input.writableFinished ? Promise.resolve() : once(input, 'finish', options);
  const flushed = written.then(() => setTimeout(flushTime, undefined, options));
  flushed.catch(() => undefined);
  try {
    await Promise.race([closed, flushed]);
  } finally {
    stop.abort();
  }
}
