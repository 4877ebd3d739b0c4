import { type BatchClient, type JobSummary, ListJobsCommand } from '@aws-sdk/client-batch';
import type { JobHandle } from '../../ports/job-backend.ts';
import { askAgain, type Patience } from './backoff.ts';
import type { Limit } from './limit.ts';

/**
 * Every job of a queue that has exactly this name, in whatever state. ListJobs' own filter matches more: it takes no
 * heed of case, and a trailing `*` as "begins with".
 *
 * @throws whatever the SDK throws once AWS was asked a few times
 */
export async function findJobs(
  batch: BatchClient,
  queue: string,
  name: string,
  { patience, limit }: { readonly patience: Patience; readonly limit: Limit },
): Promise<readonly JobHandle[]> {
  const found: JobHandle[] = [];
  let nextToken: string | undefined;
  do {
    const page = new ListJobsCommand({
      jobQueue: queue,
      filters: [{ name: 'JOB_NAME', values: [name] }],
      ...(nextToken !== undefined && { nextToken }),
    });
    const answer = await askAgain(() => limit.run(() => batch.send(page)), patience);
    found.push(...(answer.jobSummaryList ?? []).flatMap((summary) => handleOf(summary, name)));
    nextToken = answer.nextToken;
  } while (nextToken !== undefined);
  return found;
}

function handleOf({ jobId, jobName, createdAt }: JobSummary, name: string): readonly JobHandle[] {
  return jobId === undefined || jobName !== name ? [] : [{ id: jobId, name, createdAt: createdAt ?? 0 }];
}

/** Earliest first; two of one millisecond in an order that every process agrees on. */
export function byAge(one: JobHandle, other: JobHandle): number {
  return one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1);
}
