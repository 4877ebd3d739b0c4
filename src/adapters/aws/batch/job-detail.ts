import { z } from 'zod';
import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';

/**
 * The parts of a DescribeJobs response in use:
 * https://docs.aws.amazon.com/batch/latest/APIReference/API_JobDetail.html. Times are milliseconds since the epoch.
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

const describedContainerSchema = containerSchema.extend({
  logConfiguration: z.object({ options: z.record(z.string(), z.string()).optional() }).optional(),
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
  container: describedContainerSchema.optional(),
});

/** Names of the fields in use, of a job and of its container. */
export const describedFields = {
  job: Object.keys(jobSchema.shape),
  container: Object.keys(describedContainerSchema.shape),
} as const;

/** The fields in use of https://docs.aws.amazon.com/batch/latest/APIReference/API_JobDetail.html */
export type JobDetail = z.infer<typeof jobSchema>;
/** One run of a job, which Batch may start several times. */
export type JobAttempt = z.infer<typeof attemptSchema>;

const named = z.object({ jobId: z.string() });

/** The result of describing jobs. Batch does not know an id that is in neither map. */
export interface Described {
  readonly found: ReadonlyMap<string, JobDetail>;
  /** Ids that could not be described, and why. */
  readonly unseen: ReadonlyMap<string, unknown>;
}

/** Reads a DescribeJobs response for `ids`: a job in an unexpected form does not hide the others. */
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
  const what = `AWS describes job ${id ?? 'without id'} in an unknown format: ${problems}`;
  const hint = 'it will be described again; compare `aws batch describe-jobs`, and try a newer Twinhull';
  return new TwinhullError('BackendUnreachable', what, { hint, cause: error });
}

/** Whether Batch will not run the job again. */
export function hasJobEnded({ status }: JobDetail): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

/** A job's log group: the one that its job definition names, or Batch's default. */
export function logGroupOf({ container }: JobDetail): string {
  return container?.logConfiguration?.options?.['awslogs-group'] ?? '/aws/batch/job';
}
