import { exitCodes } from '../../builder/contract.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JobHandle } from '../../ports/job-backend.ts';
import type { Engine } from './engine.ts';
import { statusOf } from './engine-errors.ts';
import type { Container } from './engine-types.ts';
import { jobLabels, volumeOf } from './job-container.ts';
import { formatJobId, parseEngineTime } from './job-observation.ts';

/** A container by id or name; undefined when there is none. */
export async function inspectContainer(engine: Engine, idOrName: string): Promise<Container | undefined> {
  try {
    return await engine.call('inspect a job', (api, signal) => api.inspectContainer(idOrName, signal));
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/**
 * Removes a container that is not running, and its job's volume. Returns whether it is gone; false means that it is
 * running or in use.
 */
export async function removeContainer(engine: Engine, id: string): Promise<boolean> {
  const container = await inspectContainer(engine, id);
  if (container === undefined) return true;
  try {
    await engine.call('remove a job', (api, signal) => api.removeContainer(id, false, signal));
    await removeVolume(engine, container.Config.Labels[jobLabels.jobName]);
    return true;
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return true;
    if (status === 409) return false;
    throw error;
  }
}

/** A volume that a container of the job still uses is left to the sweep of later jobs. */
export async function removeVolume(engine: Engine, jobName: string | undefined): Promise<void> {
  if (jobName === undefined) return;
  try {
    await engine.call("remove a job's volume", (api, signal) => api.removeVolume(volumeOf(jobName), signal));
  } catch (error) {
    const status = statusOf(error);
    if (status !== 404 && status !== 409) throw error;
  }
}

/**
 * The started job of this name, running or ended. A container that was created but never started is an incomplete
 * submit: it gets `patience` milliseconds to be started, perhaps by another process, then it counts as abandoned and is
 * removed. So is one that ended without its files. A container can be either started or removed, so nothing runs twice.
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
    // The engine also accepts the beginning of an id as a name.
    if (found?.Name !== `/${name}`) return undefined;
    refuseForeign(found, name, engine);
    if (isWithoutFiles(found) && (await removeContainer(engine, found.Id))) continue;
    if (hasStarted(found)) return handleOf(found, engine);
    const seen = firstSeen.get(found.Id) ?? clock.now();
    firstSeen.set(found.Id, seen);
    if (clock.now() - seen >= patience && (await removeContainer(engine, found.Id))) continue;
    await clock.sleep(Math.min(100, patience));
  }
}

/** Whether the container has ever run, even if it has ended. */
export function hasStarted(container: Container): boolean {
  return parseEngineTime(container.State.StartedAt) !== undefined;
}

/** Whether it ended before it received all its files, so that nothing of the job ran. */
export function isWithoutFiles({ State: { Status, ExitCode } }: Container): boolean {
  return Status === 'exited' && ExitCode === exitCodes.bootstrap;
}

/** The job of a container. Its id names the engine, so that it is found again on the right one. */
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
    `the engine at ${engine.endpoint.text} has a container named "${name}" that is not a job of Twinhull`,
    {
      hint: `inspect it (docker inspect ${name}), then remove or rename it`,
    },
  );
}
