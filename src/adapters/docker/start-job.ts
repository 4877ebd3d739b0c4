import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JobHandle, JobRequest } from '../../ports/job-backend.ts';
import { ensureBuilderImage } from './builder-image.ts';
import type { Engine } from './engine.ts';
import { engineReason, statusOf } from './engine-errors.ts';
import { findStartedJob, handleOf, hasStarted, inspectContainer, removeContainer } from './find-container.ts';
import { type JobContainerOptions, jobContainer, refuseUnfitRequest } from './job-container.ts';
import { type JobFile, type JobFileSources, packJobFiles, readJobFiles } from './job-files.ts';
import { jobKeyOf } from './job-id.ts';

export interface StartJobOptions extends JobContainerOptions, JobFileSources {
  readonly clock: Clock;
  /** How long a container may stay made but not started before it counts as abandoned, in milliseconds. */
  readonly takeoverMilliseconds: number;
}

/** After so much waiting, in milliseconds, several processes must be taking the job from each other. */
const patience = 30_000;
const pause = 100;

/**
 * Starts the job, or adopts the one of this name. A container goes through three calls (create, put the files,
 * start); whoever crashes in between leaves one that never started, which the next submit of this name removes.
 */
export async function startJob(engine: Engine, request: JobRequest, options: StartJobOptions): Promise<JobHandle> {
  refuseUnfitRequest(request);
  const { clock } = options;
  for (let waited = 0; waited < patience; waited += pause) {
    const existing = await findStartedJob(engine, request.name, clock, options.takeoverMilliseconds);
    if (existing !== undefined) return existing;
    await ensureBuilderImage(engine, options.builderImage, options.secrets);
    // Read before the container is made, so that one which cannot be read leaves nothing behind.
    const files = await readJobFiles(request, options);
    const started = await createAndStart(engine, request, files, options);
    if (started !== undefined) return started;
    // The engine takes a name some time before it shows the container that gets it.
    await clock.sleep(pause);
  }
  throw new TwinhullError(
    'BuildConflict',
    `job "${request.name}" was taken away again and again while it was being started`,
    {
      platform: request.platform,
      hint: 'is more than one Twinhull at work on this engine with the same builds?',
    },
  );
}

/** Undefined when somebody else was faster, or took the container away. */
async function createAndStart(
  engine: Engine,
  request: JobRequest,
  files: readonly JobFile[],
  options: StartJobOptions,
): Promise<JobHandle | undefined> {
  const id = await createContainer(engine, request, options);
  if (id === undefined) return undefined;
  try {
    await putFiles(engine, id, [...files, { path: 'job-key', mode: 0o444, content: Buffer.from(jobKeyOf(id)) }]);
    await engine.call('start a job', (api, signal) => api.startContainer(id, signal));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await cleanUpUnstarted(engine, request, id, error);
  }
  const container = await inspectContainer(engine, id);
  return container && hasStarted(container) ? handleOf(container, engine) : undefined;
}

/** After a call that the engine refused. Returns when the container is gone, or was started by somebody else. */
async function cleanUpUnstarted(engine: Engine, request: JobRequest, id: string, error: unknown): Promise<void> {
  const container = await inspectContainer(engine, id);
  if (container === undefined || container.State.Status === 'removing' || hasStarted(container)) return;
  // Nothing runs; and what was made goes at once, for it may hold secrets.
  const gone = await removeContainer(engine, id);
  throw gone ? refusal(engine, request, error) : error;
}

async function createContainer(
  engine: Engine,
  request: JobRequest,
  options: JobContainerOptions,
): Promise<string | undefined> {
  try {
    return await engine.call('create a job', (api, signal) =>
      api.createContainer(jobContainer(request, options), request.name, signal),
    );
  } catch (error) {
    const status = statusOf(error);
    // Of this name there is one already; or the image went away since we looked.
    if (status === 409 || (status === 404 && /no such image/i.test(engineReason(error)))) return undefined;
    throw isRefusal(error) ? refusal(engine, request, error) : error;
  }
}

async function putFiles(engine: Engine, id: string, files: readonly JobFile[]): Promise<void> {
  const tar = await packJobFiles(files);
  try {
    await engine.call('hand a job its files', (api, signal) => api.putArchive(id, tar, '/', signal));
  } finally {
    tar.fill(0);
  }
}

/** Whether the engine itself said no. A gateway in front of it (502 to 504) does not know what became of a call. */
function isRefusal(error: unknown): boolean {
  const status = statusOf(error);
  return status !== undefined && (status <= 501 || status > 504);
}

function refusal(engine: Engine, request: JobRequest, error: unknown): TwinhullError {
  const message = `the engine at ${engine.endpoint.text} refused to start job "${request.name}": ${engineReason(error)}`;
  return new TwinhullError('JobRefused', message, { platform: request.platform, cause: error });
}
