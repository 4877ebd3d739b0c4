import { type BatchClient, type JobSummary, ListJobsCommand } from '@aws-sdk/client-batch';
import type { JobHandle } from '../../../ports/job-backend.ts';
import { type CallLimit, type RetryContext, withAwsRetries } from './aws-retries.ts';

/**
 * Every job of a queue with exactly this name, in any state. ListJobs' own filter matches more: it ignores case, and
 * takes a trailing `*` as "begins with".
 *
 * @throws the SDK's error once the retries are used up
 */
export async function findJobs(
  batch: BatchClient,
  queue: string,
  name: string,
  { patience, limit }: { readonly patience: RetryContext; readonly limit: CallLimit },
): Promise<readonly JobHandle[]> {
  const found: JobHandle[] = [];
  let nextToken: string | undefined;
  do {
    const page = new ListJobsCommand({
      jobQueue: queue,
      filters: [{ name: 'JOB_NAME', values: [name] }],
      ...(nextToken !== undefined && { nextToken }),
    });
    const answer = await withAwsRetries(() => limit(() => batch.send(page)), patience);
    found.push(...(answer.jobSummaryList ?? []).flatMap((summary) => handleOf(summary, name)));
    nextToken = answer.nextToken;
  } while (nextToken !== undefined);
  return found;
}

function handleOf({ jobId, jobName, createdAt }: JobSummary, name: string): readonly JobHandle[] {
  return jobId === undefined || jobName !== name ? [] : [{ id: jobId, name, createdAt: createdAt ?? 0 }];
}

/** Earliest first; ties within a millisecond are broken by id, so that all processes agree on the order. */
export function byAge(one: JobHandle, other: JobHandle): number {
  return one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1);
}
