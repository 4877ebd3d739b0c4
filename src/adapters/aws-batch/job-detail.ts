import { z } from 'zod';
import { TwinhullError } from '../../errors/twinhull-error.ts';

/**
 * What DescribeJobs says of a job, as far as it is used here:
 * https://docs.aws.amazon.com/batch/latest/APIReference/API_JobDetail.html. Times are milliseconds since the Unix epoch.
 */
const containerSchema = z.object({
  exitCode: z.number().optional(),
  reason: z.string().optional(),
  taskArn: z.string().optional(),
  logStreamName: z.string().optional(),
});

const attemptSchema = z.object({
  container: containerSchema.optional(),
  startedAt: z.number().optional(),
  stoppedAt: z.number().optional(),
  statusReason: z.string().optional(),
});

const jobSchema = z.object({
  jobId: z.string(),
  jobName: z.string(),
  jobQueue: z.string(),
  status: z.enum(['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED']),
  statusReason: z.string().optional(),
  createdAt: z.number(),
  startedAt: z.number().optional(),
  stoppedAt: z.number().optional(),
  isCancelled: z.boolean().optional(),
  isTerminated: z.boolean().optional(),
  attempts: z.array(attemptSchema).optional(),
  container: containerSchema
    .extend({ logConfiguration: z.object({ options: z.record(z.string(), z.string()).optional() }).optional() })
    .optional(),
});

export type JobDetail = z.infer<typeof jobSchema>;
export type JobAttempt = z.infer<typeof attemptSchema>;

const named = z.object({ jobId: z.string() });

/** What is known of jobs that Batch was asked for. It does not know those that stand in neither. */
export interface Described {
  readonly found: ReadonlyMap<string, JobDetail>;
  /** Of which nothing could be learnt, and why. */
  readonly unseen: ReadonlyMap<string, unknown>;
}

/** What DescribeJobs answered when it was asked for `ids`: a job that it describes in an unknown way hides no other. */
export function readAnswer(ids: readonly string[], jobs: readonly unknown[]): Described {
  const found = new Map<string, JobDetail>();
  const unseen = new Map<string, unknown>();
  for (const job of jobs) {
    const read = jobSchema.safeParse(job);
    if (read.success) {
      found.set(read.data.jobId, read.data);
      continue;
    }
    const id = named.safeParse(job).data?.jobId;
    const why = unreadable(id, read.error);
    // Without an id it may be any of them.
    for (const hidden of id === undefined ? ids : [id]) unseen.set(hidden, why);
  }
  for (const id of found.keys()) unseen.delete(id);
  return { found, unseen };
}

function unreadable(id: string | undefined, error: z.ZodError): TwinhullError {
  const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  const what = `AWS describes job ${id ?? 'of no id'} in an unknown way: ${problems}`;
  const hint = 'it is looked at again; see it by `aws batch describe-jobs`, and whether a newer Twinhull knows it';
  return new TwinhullError('BackendUnreachable', what, { hint, cause: error });
}

export function isOver({ status }: JobDetail): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

/** The log group of a job: the one that its job definition names, or Batch's own. */
export function logGroupOf({ container }: JobDetail): string {
  return container?.logConfiguration?.options?.['awslogs-group'] ?? '/aws/batch/job';
}
