import { randomUUID } from 'node:crypto';

/**
 * EventBridge's event for a change of a job, as AWS documents it:
 * https://docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html
 */
export interface JobStateChange {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': 'Batch Job State Change';
  readonly source: 'aws.batch';
  readonly account: string;
  /** ISO 8601, UTC, to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  /** The job as DescribeJobs returns it. */
  readonly detail: JobStateChangeDetail;
}

export interface JobStateChangeDetail {
  readonly jobArn: string;
  readonly jobName: string;
  readonly jobId: string;
  readonly jobQueue: string;
  readonly status: string;
}

export function jobStateChange(detail: JobStateChangeDetail, now: number): JobStateChange {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Batch Job State Change',
    source: 'aws.batch',
    account: '123456789012',
    time: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: 'us-gov-west-1',
    resources: [detail.jobArn],
    detail,
  };
}
