import { type BatchClient, SubmitJobCommand, type SubmitJobCommandInput } from '@aws-sdk/client-batch';
import type { Platform } from '../../domain/platform.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JobRequest } from '../../ports/job-backend.ts';
import { pauseBefore } from './backoff.ts';
import { batchError, troubleOf } from './batch-errors.ts';
import { containerOverrides } from './overrides.ts';
import type { Pace } from './pace.ts';

export interface SubmitTarget {
  readonly queues: Readonly<Record<Platform, string>>;
  readonly jobDefinition: string;
}

/** How long a send waits for its answer, in milliseconds. */
const deadline = 10_000;

/** How long a job that is throttled time and again is kept trying, in milliseconds. */
const budget = 60_000;

/** Batch's least, in seconds: https://docs.aws.amazon.com/batch/latest/APIReference/API_JobTimeout.html */
const leastTimeout = 60;

/** @throws RecipeInvalid when the job's environment is longer than Batch takes */
export function submitInput(request: JobRequest, { queues, jobDefinition }: SubmitTarget): SubmitJobCommandInput {
  const { environment } = containerOverrides(request.environment);
  return {
    jobName: request.name,
    jobQueue: queues[request.platform],
    jobDefinition,
    containerOverrides: { environment: [...environment] },
    timeout: { attemptDurationSeconds: Math.max(leastTimeout, request.timeoutSeconds) },
  };
}

/**
 * Sends a job whose turn has come, and sends it once: Batch has no token that would tell a repetition from a second job. Only what was
 * throttled goes again, because that was turned away before anything was done.
 *
 * @returns the id of the job
 * @throws JobRefused (nothing was started), BackendUnreachable (nobody knows, or `signal` aborted before it was sent)
 */
export async function submitJob(
  batch: BatchClient,
  input: SubmitJobCommandInput,
  { clock, pace, signal }: { readonly clock: Clock; readonly pace: Pace; readonly signal?: AbortSignal | undefined },
): Promise<string> {
  const name = input.jobName ?? '';
  let until: number | undefined;
  for (let tries = 1; ; tries++) {
    if (tries > 1) await pace.turn({ first: true, signal });
    if (signal?.aborted === true) {
      throw new TwinhullError('BackendUnreachable', `cannot submit ${name}: stopped before it was sent`, {
        hint: 'nothing: whoever drives the builds next sends it',
      });
    }
    try {
      return await sendOnce(batch, input, clock);
    } catch (error) {
      // From the first throttle on: to have waited one's turn in a burst is nobody's fault.
      until ??= clock.now() + budget;
      if (troubleOf(error) !== 'throttled' || clock.now() > until) throw batchError(error, `submit ${name}`);
      pace.throttled();
      await clock.sleep(pauseBefore(tries), signal);
    }
  }
}

async function sendOnce(batch: BatchClient, input: SubmitJobCommandInput, clock: Clock): Promise<string> {
  const answered = new AbortController();
  const late = new AbortController();
  const timer = clock.sleep(deadline, answered.signal).then(() => {
    if (!answered.signal.aborted) late.abort();
  });
  try {
    const { jobId } = await batch.send(new SubmitJobCommand(input), { abortSignal: late.signal });
    if (jobId !== undefined) return jobId;
    throw new TwinhullError('BackendUnreachable', `AWS took ${input.jobName ?? ''} but did not tell its id`);
  } catch (error) {
    if (!late.signal.aborted) throw error;
    throw new TwinhullError('BackendUnreachable', `no answer to SubmitJob within ${String(deadline / 1000)} s`, {
      cause: error,
    });
  } finally {
    answered.abort();
    await timer;
  }
}
