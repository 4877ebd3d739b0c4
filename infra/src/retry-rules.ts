import type { CfnJobDefinition } from 'aws-cdk-lib/aws-batch';

/**
 * When Batch itself starts a job anew, first rule that matches; at most five. What no rule matches is retried, so the
 * last one matches everything. The orchestrator leaves to Batch what stands here as RETRY, and only that.
 * https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html
 */
export const retryRules: readonly CfnJobDefinition.EvaluateOnExitProperty[] = [
  { onStatusReason: 'Host EC2*', action: 'RETRY' },
  { onReason: 'CannotPull*', action: 'RETRY' },
  { onReason: '*', action: 'EXIT' },
];
