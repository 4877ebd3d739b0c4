import { type BatchClient, TerminateJobCommand } from '@aws-sdk/client-batch';
import { type CallLimit, type RetryContext, withAwsRetries } from './aws-retries.ts';
import { batchError, isDenied, troubleOf } from './batch-errors.ts';
import type { JobDescriptions } from './job-descriptions.ts';
import { hasJobEnded, type JobDetail } from './job-detail.ts';

/** In characters: https://docs.aws.amazon.com/batch/latest/APIReference/API_TerminateJob.html */
const longestReason = 1024;

/**
 * Stops a job in any state: TerminateJob also cancels jobs that are not running yet, whereas CancelJob has no effect
 * from STARTING on.
 *
 * @throws BackendUnreachable, JobRefused
 */
export async function stopJob(
  batch: BatchClient,
  jobId: string,
  reason: string,
  {
    jobs,
    patience,
    limit,
  }: { readonly jobs: JobDescriptions; readonly patience: RetryContext; readonly limit: CallLimit },
): Promise<void> {
  const command = new TerminateJobCommand({ jobId, reason: reason.slice(0, longestReason) });
  try {
    await withAwsRetries(() => limit(() => batch.send(command)), patience);
  } catch (error) {
    const doing = `terminate job ${jobId}`;
    if (troubleOf(error) !== 'refused' || isDenied(error)) throw batchError(error, doing);
    // AWS may refuse a job that it does not know (any more); only a description shows whether that is the reason.
    const detail = await lookUp(jobs, jobId, doing);
    if (detail !== undefined && !hasJobEnded(detail)) throw batchError(error, doing);
  }
}

async function lookUp(jobs: JobDescriptions, jobId: string, doing: string): Promise<JobDetail | undefined> {
  try {
    return await jobs.ask(jobId);
  } catch (error) {
    throw batchError(error, doing);
  }
}
