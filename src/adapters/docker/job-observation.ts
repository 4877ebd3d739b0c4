import { constants } from 'node:os';
import { exitCodes, phaseOfExitCode, terminatedExitCode } from '../../builder/contract.ts';
import type { JobHandle, JobObservation } from '../../ports/job-backend.ts';
import type { Container, ContainerState } from './engine-types.ts';

/** The parts of a container's description that determine a job's state. */
type ContainerFacts = Pick<Container, 'Id' | 'Created' | 'State'>;

/**
 * Derives a job's observation from its inspected builder container.
 *
 * @param stopReason why this process terminated the job, if it did
 */
export function observeContainer(
  handle: JobHandle,
  facts: ContainerFacts,
  stopReason: string | undefined,
): JobObservation {
  const { State: state } = facts;
  const startedAt = parseEngineTime(state.StartedAt);
  if (startedAt === undefined) return { ...handle, state: 'queued', jobKey: undefined };
  const started = { ...handle, jobKey: jobKeyOf(facts.Id), startedAt };
  if (state.Status !== 'exited' && state.Status !== 'dead') return { ...started, state: 'running' };
  const finishedAt = parseEngineTime(state.FinishedAt);
  return {
    ...started,
    state: state.ExitCode === 0 ? 'succeeded' : 'failed',
    ...(finishedAt === undefined ? {} : { finishedAt }),
    exitCode: state.ExitCode,
    ...(state.ExitCode === 0 ? {} : explainExit(state, stopReason)),
  };
}

/** Docker's times have nanoseconds, and the year 1 for "never". */
export function parseEngineTime(text: string): number | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) || time <= 0 ? undefined : time;
}

interface ExitExplanation {
  readonly reason?: string;
  readonly infrastructureFailure?: boolean;
}

/** The exit code that the engine records for a container that was running when the engine or its host went down. */
const lostExitCode = 255;
const killedExitCode = 128 + constants.signals.SIGKILL;

/**
 * Why a job ended with a code other than 0, and whether the infrastructure caused it. The builder exits with a code per
 * phase, with 143 only on TERM, and never with 137 or 255 by itself. So unless we stopped the job, these three have an
 * external cause: the engine shut down (TERM, then KILL), the host went down (255), an operator or the host's
 * out-of-memory killer. The job did not cause that and may be retried.
 *
 * `stopReason` is in memory only: after a restart of the orchestrator, its own record of what it stopped comes first.
 */
function explainExit(state: ContainerState, stopReason: string | undefined): ExitExplanation {
  const code = state.ExitCode;
  const failedByItself = phaseOfExitCode(code) !== undefined;
  if (stopReason !== undefined && !failedByItself) return { reason: `stopped: ${stopReason}` };
  if (state.OOMKilled) return { reason: 'out of memory: the kernel killed a process of this job' };
  if (code === exitCodes.bootstrap)
    return { reason: 'the connection broke while the job received its files', infrastructureFailure: true };
  if (failedByItself) return {};
  if (state.Error !== '') return { reason: `the engine reports: ${state.Error}`, infrastructureFailure: true };
  if (code === lostExitCode)
    return { reason: 'the engine or its host stopped while the job ran', infrastructureFailure: true };
  if (code === killedExitCode) return { reason: 'killed from outside (SIGKILL)', infrastructureFailure: true };
  if (code === terminatedExitCode) return { reason: 'stopped from outside (SIGTERM)', infrastructureFailure: true };
  if (code === 126 || code === 127) return { reason: 'the builder image could not run the builder script' };
  const signal = signalOfExitCode(code);
  return signal === undefined ? {} : { reason: `the builder script was ended by ${signal}` };
}

function signalOfExitCode(code: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
}

/**
 * A job's id names its container and its engine, so that it stays valid after a restart, and even after the operator
 * assigned another engine to its platform: `{container id}@{engine address}`.
 */
export interface JobId {
  readonly containerId: string;
  readonly engine: string;
}

/** The id that the store keeps; the inverse of `parseJobId`. */
export function formatJobId(id: JobId): string {
  return `${id.containerId}@${id.engine}`;
}

/** Undefined for text that is no id of ours. */
export function parseJobId(text: string): JobId | undefined {
  const match = /^([0-9a-f]{64})@(.+)$/.exec(text);
  const [, containerId, engine] = match ?? [];
  return containerId === undefined || engine === undefined ? undefined : { containerId, engine };
}

/** The first twelve digits of a container's id, as docker shows it. */
export function jobKeyOf(containerId: string): string {
  return containerId.slice(0, 12);
}
