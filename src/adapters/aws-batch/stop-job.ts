import { type BatchClient, TerminateJobCommand } from '@aws-sdk/client-batch';
import { askAgain, type Patience } from './backoff.ts';
import { batchError, isDenied, troubleOf } from './batch-errors.ts';
import { isOver, type JobDetail } from './job-detail.ts';
import type { KnownJobs } from './known-jobs.ts';
import type { Limit } from './limit.ts';

/** In characters: https://docs.aws.amazon.com/batch/latest/APIReference/API_TerminateJob.html */
const longestReason = 1024;

/**
 * Stops a job in whatever state: TerminateJob also cancels what does not run yet, which CancelJob alone would not do from
 * STARTING on.
 *
 * @throws BackendUnreachable, JobRefused
 */
export async function stopJob(
  batch: BatchClient,
  jobId: string,
  reason: string,
  { jobs, patience, limit }: { readonly jobs: KnownJobs; readonly patience: Patience; readonly limit: Limit },
): Promise<void> {
  const command = new TerminateJobCommand({ jobId, reason: reason.slice(0, longestReason) });
  try {
    await askAgain(() => limit.run(() => batch.send(command)), patience);
  } catch (error) {
    const doing = `terminate job ${jobId}`;
    if (troubleOf(error) !== 'refused' || isDenied(error)) throw batchError(error, doing);
    // AWS may refuse what it does not know (any more); whether that is why, it says elsewhere.
    const detail = await lookUp(jobs, jobId, doing);
    if (detail !== undefined && !isOver(detail)) throw batchError(error, doing);
  }
}

async function lookUp(jobs: KnownJobs, jobId: string, doing: string): Promise<JobDetail | undefined> {
  try {
    return await jobs.ask(jobId);
  } catch (error) {
    throw batchError(error, doing);
  }
}
