import { type BatchClient, SubmitJobCommand, type SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import type { Platform } from '../../../domain/platform.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { JobRequest } from '../../../ports/job-backend.ts';
import { pauseBefore } from './aws-retries.ts';
import { batchError, troubleOf } from './batch-errors.ts';
import { containerOverrides } from './overrides.ts';
import type { RateLimiter } from './rate-limiter.ts';

/** The queue of each platform, by name or ARN, and the job definition for both. */
export interface SubmitTarget {
  readonly queues: Readonly<Record<Platform, string>>;
  readonly jobDefinition: string;
}

/** How long a request waits for its response, in milliseconds. */
const deadline = 10_000;

/** How long a job that is throttled repeatedly is retried, in milliseconds. */
const budget = 60_000;

/** Batch's minimum, in seconds: https://docs.aws.amazon.com/batch/latest/APIReference/API_JobTimeout.html */
const leastTimeout = 60;

/** @throws RecipeInvalid when the job's environment is longer than Batch accepts */
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
 * Sends a job once, when its turn has come: Batch has no idempotency token, so a repeated request could start a second
 * job. Only a throttled request is retried, because it was rejected before anything was done.
 *
 * @returns the id of the job
 * @throws JobRefused (nothing was started), BackendUnreachable (unknown, or `signal` aborted before it was sent)
 */
export async function submitJob(
  batch: BatchClient,
  input: SubmitJobCommandInput,
  {
    clock,
    rateLimiter,
    signal,
  }: { readonly clock: Clock; readonly rateLimiter: RateLimiter; readonly signal?: AbortSignal | undefined },
): Promise<string> {
  const name = input.jobName ?? '';
  let until: number | undefined;
  for (let tries = 1; ; tries++) {
    if (tries > 1) await rateLimiter.turn({ first: true, signal });
    if (signal?.aborted === true) {
      throw new TwinhullError('BackendUnreachable', `cannot submit ${name}: stopped before it was sent`, {
        hint: 'no action is needed: the next process that drives the builds submits it',
      });
    }
    try {
      return await sendOnce(batch, input, clock);
    } catch (error) {
      // Counted from the first throttled request: the wait for a turn in a burst is not a failure.
      until ??= clock.now() + budget;
      if (troubleOf(error) !== 'throttled' || clock.now() > until) throw batchError(error, `submit ${name}`);
      rateLimiter.throttled();
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
    throw new TwinhullError('BackendUnreachable', `AWS took ${input.jobName ?? ''} but did not return its id`);
  } catch (error) {
    if (!late.signal.aborted) throw error;
    throw new TwinhullError('BackendUnreachable', `no response to SubmitJob within ${String(deadline / 1000)} s`, {
      cause: error,
    });
  } finally {
    answered.abort();
    await timer;
  }
}
