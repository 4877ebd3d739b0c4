import type { CfnJobDefinition } from 'aws-cdk-lib/aws-batch';

/**
 * When Batch itself starts a job anew, first rule that matches; at most five. What no rule matches is retried, so the
 * last one matches everything. The orchestrator makes a new attempt of whatever
 * else is not the build's own fault, and of what stands here as RETRY only where Batch never did so itself:
 * `retriedByBatch` of src/adapters/aws-batch/observe-job.ts names the same reasons.
 * https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html
 */
export const retryRules: readonly CfnJobDefinition.EvaluateOnExitProperty[] = [
  { onStatusReason: 'Host EC2*', action: 'RETRY' },
  { onReason: 'CannotPull*', action: 'RETRY' },
  { onReason: '*', action: 'EXIT' },
];
