import { z } from 'zod';

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

export const jobDetails = z.array(jobSchema);

export function isOver({ status }: JobDetail): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

/** The log group of a job: the one that its job definition names, or Batch's own. */
export function logGroupOf({ container }: JobDetail): string {
  return container?.logConfiguration?.options?.['awslogs-group'] ?? '/aws/batch/job';
}
