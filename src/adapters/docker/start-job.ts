import { receiveScript } from '../../builder/script.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JobHandle, JobRequest } from '../../ports/job-backend.ts';
import { ensureBuilderImage } from './builder-image.ts';
import type { Engine } from './engine.ts';
import { engineReason, isRefusal, statusOf } from './engine-errors.ts';
import {
  findStartedJob,
  handleOf,
  hasStarted,
  inspectContainer,
  isWithoutFiles,
  removeContainer,
  removeVolume,
} from './find-container.ts';
import { startWithFiles } from './hand-over.ts';
import { type JobContainerOptions, jobContainer, labelsOf, refuseUnfitRequest, volumeOf } from './job-container.ts';
import { type JobFile, type JobFileSources, readJobFiles } from './job-files.ts';
import { jobKeyOf } from './job-observation.ts';

/** What starting a job needs. */
export interface StartJobOptions extends Omit<JobContainerOptions, 'receiveScript' | 'sharedFolder'>, JobFileSources {
  readonly clock: Clock;
  /** How long a container may stay created but unstarted before it counts as abandoned, in milliseconds. */
  readonly takeoverMilliseconds: number;
}

/** After waiting this long, in milliseconds, several processes must be competing for the job. */
const patience = 30_000;
const pause = 100;

/**
 * Starts the job, or adopts the one of this name. A container takes three calls (create, attach its input, start) and
 * then receives its files. A crash in between leaves one that never started, or that ended without its files; the next
 * submit of this name removes it.
 */
export async function startJob(engine: Engine, request: JobRequest, options: StartJobOptions): Promise<JobHandle> {
  refuseUnfitRequest(request);
  const { clock } = options;
  for (let waited = 0; waited < patience; waited += pause) {
    const existing = await findStartedJob(engine, request.name, clock, options.takeoverMilliseconds);
    if (existing !== undefined) return existing;
    await ensureBuilderImage(engine, options.builderImage, options.secrets);
    // Read before the container is created, so that an unreadable file leaves nothing behind.
    const files = await readJobFiles(request, options);
    const started = await createAndStart(engine, request, files, options);
    if (started !== undefined) return started;
    // The engine reserves a name some time before it lists the container.
    await clock.sleep(pause);
  }
  throw new TwinhullError('BuildConflict', `job "${request.name}" was removed repeatedly while it was being started`, {
    platform: request.platform,
    hint: 'check whether several Twinhull processes with different stores run the same builds on this engine',
  });
}

/** Undefined when another process was faster, or removed the container. */
async function createAndStart(
  engine: Engine,
  request: JobRequest,
  files: readonly JobFile[],
  options: StartJobOptions,
): Promise<JobHandle | undefined> {
  const id = await createContainer(engine, request, options);
  if (id === undefined) return undefined;
  try {
    await startWithFiles(engine, id, [...files, { path: 'job-key', mode: 0o444, content: Buffer.from(jobKeyOf(id)) }]);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await cleanUpUnstarted(engine, request, id, error);
  }
  const container = await inspectContainer(engine, id);
  if (container && isWithoutFiles(container)) throw notReceived(engine, request);
  return container && hasStarted(container) ? handleOf(container, engine) : undefined;
}

/** For a call that the engine refused. Returns when the container is gone, or was started by another process. */
async function cleanUpUnstarted(engine: Engine, request: JobRequest, id: string, error: unknown): Promise<void> {
  const container = await inspectContainer(engine, id);
  if (container === undefined || container.State.Status === 'removing' || hasStarted(container)) return;
  // Nothing is running; the container is removed at once, because it may contain secrets.
  const gone = await removeContainer(engine, id);
  throw gone ? refusal(engine, request, error) : error;
}

async function createContainer(
  engine: Engine,
  request: JobRequest,
  options: StartJobOptions,
): Promise<string | undefined> {
  try {
    const sharedFolder = await engine.call('create a volume', (api, signal) =>
      api.createVolume(volumeOf(request.name), labelsOf(request), signal),
    );
    const container = jobContainer(request, { ...options, sharedFolder, receiveScript: await receiveScript() });
    return await engine.call('create a job', (api, signal) => api.createContainer(container, request.name, signal));
  } catch (error) {
    const status = statusOf(error);
    // The name is already in use, or the image was removed since it was checked.
    if (status === 409 || (status === 404 && /no such image/i.test(engineReason(error)))) return undefined;
    if (!isRefusal(error)) throw error;
    await removeVolume(engine, request.name);
    throw refusal(engine, request, error);
  }
}

function notReceived(engine: Engine, request: JobRequest): TwinhullError {
  const message = `job "${request.name}" on the engine at ${engine.endpoint.text} did not receive its files`;
  return new TwinhullError('EngineUnreachable', message, {
    platform: request.platform,
    hint: 'check for a proxy of the engine socket: it must forward attached input',
  });
}

function refusal(engine: Engine, request: JobRequest, error: unknown): TwinhullError {
  const message = `the engine at ${engine.endpoint.text} refused to start job "${request.name}": ${engineReason(error)}`;
  return new TwinhullError('JobRefused', message, { platform: request.platform, cause: error });
}
