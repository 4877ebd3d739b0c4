import type Docker from 'dockerode';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JobHandle } from '../../ports/job-backend.ts';
import type { Engine } from './engine.ts';
import { statusOf } from './engine-errors.ts';
import { jobLabels } from './job-container.ts';
import { formatJobId } from './job-id.ts';
import { parseEngineTime } from './job-observation.ts';

export type Container = Docker.ContainerInspectInfo;

/** A container by id or name; undefined when there is none. */
export async function inspectContainer(engine: Engine, idOrName: string): Promise<Container | undefined> {
  try {
    return await engine.call('inspect a job', (api, signal) => api.inspectContainer(idOrName, signal));
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Removes a container that does not run. Says whether it is gone; false means that it runs, or is held by something. */
export async function removeContainer(engine: Engine, id: string): Promise<boolean> {
  try {
    await engine.call('remove a job', (api, signal) => api.removeContainer(id, false, signal));
    return true;
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return true;
    if (status === 409) return false;
    throw error;
  }
}

/**
 * The started job of this name, running or ended. One that was made but never started is half a submit: it is given
 * `patience` milliseconds to start (another process may be at it), then it is taken for abandoned and removed, with
 * the secrets that may lie in it. The engine lets a container be either started or removed, so nothing runs twice.
 *
 * @throws JobRefused when the name belongs to a container that is none of ours
 */
export async function findStartedJob(
  engine: Engine,
  name: string,
  clock: Clock,
  patience: number,
): Promise<JobHandle | undefined> {
  const firstSeen = new Map<string, number>();
  for (;;) {
    const found = await inspectContainer(engine, name);
    // The engine takes the beginning of an id for a name, too.
    if (found?.Name !== `/${name}`) return undefined;
    refuseForeign(found, name, engine);
    if (hasStarted(found)) return handleOf(found, engine);
    const seen = firstSeen.get(found.Id) ?? clock.now();
    firstSeen.set(found.Id, seen);
    if (clock.now() - seen >= patience && (await removeContainer(engine, found.Id))) continue;
    await clock.sleep(Math.min(100, patience));
  }
}

export function hasStarted(container: Container): boolean {
  return parseEngineTime(container.State.StartedAt) !== undefined;
}

export function handleOf(container: Container, engine: Engine): JobHandle {
  return {
    id: formatJobId({ containerId: container.Id, engine: engine.endpoint.text }),
    name: container.Config.Labels[jobLabels.jobName] ?? container.Name.slice(1),
    createdAt: Date.parse(container.Created),
  };
}

function refuseForeign(container: Container, name: string, engine: Engine): void {
  if (container.Config.Labels[jobLabels.jobName] === name) return;
  throw new TwinhullError(
    'JobRefused',
    `the engine at ${engine.endpoint.text} has a container named "${name}" that is not a job of ours`,
    {
      hint: `see what it is (docker inspect ${name}), then remove or rename it`,
    },
  );
}
