import type { Engine } from './engine.ts';
import { statusOf } from './engine-errors.ts';
import { inspectContainer, removeContainer } from './find-container.ts';

/** Stops a container in any state: TERM, then KILL after the grace period. One that never started is removed. */
export async function stopContainer(engine: Engine, containerId: string, graceSeconds: number): Promise<void> {
  const container = await inspectContainer(engine, containerId);
  if (container === undefined) return;
  // A refused removal means that it was started at this very moment.
  if (container.State.Status === 'created' && (await removeContainer(engine, containerId))) return;
  const deadline = (graceSeconds + 60) * 1000;
  try {
    await engine.call('stop a job', (api, signal) => api.stopContainer(containerId, graceSeconds, signal), deadline);
  } catch (error) {
    const status = statusOf(error);
    if (status !== 304 && status !== 404) throw error;
  }
}
