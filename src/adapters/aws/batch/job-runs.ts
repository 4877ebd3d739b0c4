import { hasJobEnded, type JobAttempt, type JobDetail } from './job-detail.ts';

/** One start of a job by Batch: Batch calls it an attempt, and counts it in `AWS_BATCH_JOB_ATTEMPT` from 1. */
export interface JobRun extends JobAttempt {
  /** From 1. */
  readonly number: number;
}

/**
 * Every run of a job, oldest first. Batch lists ended runs as `attempts`; the job and its `container` describe the
 * current run until it has ended too.
 */
export function runsOf(detail: JobDetail): readonly JobRun[] {
  const listed = (detail.attempts ?? []).map((attempt, index) => ({ ...attempt, number: index + 1 }));
  if (!isOnUnlistedRun(detail, listed.at(-1))) return listed;
  const { container, startedAt, stoppedAt, statusReason } = detail;
  const { exitCode, reason, taskArn, logStreamName } = container ?? {};
  const current: JobRun = {
    number: listed.length + 1,
    container: { exitCode, reason, taskArn, logStreamName },
    startedAt,
    ...(hasJobEnded(detail) && { stoppedAt, statusReason }),
  };
  return [...listed, current];
}

function isOnUnlistedRun(detail: JobDetail, last: JobRun | undefined): boolean {
  if (detail.startedAt === undefined || !hasStarted(detail)) return false;
  if (last === undefined) return true;
  if (last.stoppedAt === undefined) return false;
  const { taskArn, logStreamName } = detail.container ?? {};
  const known = last.container ?? {};
  if (logStreamName !== undefined && known.logStreamName !== undefined) return logStreamName !== known.logStreamName;
  if (taskArn !== undefined && known.taskArn !== undefined) return taskArn !== known.taskArn;
  return detail.status === 'RUNNING';
}

function hasStarted({ status }: JobDetail): boolean {
  return status === 'RUNNING' || status === 'SUCCEEDED' || status === 'FAILED';
}

/** In builder.sh's format: `{AWS_BATCH_JOB_ID}-{AWS_BATCH_JOB_ATTEMPT}`. */
export function jobKeyOf({ jobId }: JobDetail, { number }: JobRun): string {
  return `${jobId}-${String(number)}`;
}
