import type { CfnJobDefinition } from 'aws-cdk-lib/aws-batch';

/**
 * When Batch itself retries a job: the first matching rule applies; at most five. Without a match Batch retries, so the
 * last rule matches everything. The orchestrator starts a new attempt for every other failure that the build did not
 * cause, and for the reasons marked RETRY here only where Batch never retried: `retriedByBatch` of
 * src/adapters/aws/batch/observe-job.ts names the same reasons.
 * https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html
 */
export const retryRules: readonly CfnJobDefinition.EvaluateOnExitProperty[] = [
  { onStatusReason: 'Host EC2*', action: 'RETRY' },
  { onReason: 'CannotPull*', action: 'RETRY' },
  { onReason: '*', action: 'EXIT' },
];
