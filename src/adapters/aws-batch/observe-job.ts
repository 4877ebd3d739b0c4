import type { JobObservation, JobObservationState } from '../../ports/job-backend.ts';
import { resourceNameOf } from '../aws/resource-name.ts';
import { isOver, type JobDetail } from './job-detail.ts';
import { type JobRun, jobKeyOf, runsOf } from './job-runs.ts';

/** What DescribeJobs says of a job, in the pipeline's words. Pure. */
export function observeJob(detail: JobDetail): JobObservation {
  const { jobId: id, jobName: name, createdAt, jobQueue } = detail;
  const runs = runsOf(detail);
  const last = runs.at(-1);
  // A run that Batch could not even start pushed nothing, but it counts.
  const started = runs.findLast((run) => run.startedAt !== undefined);
  const base = {
    ...{ id, name, createdAt },
    state: states[detail.status],
    queue: resourceNameOf(jobQueue),
    jobKey: started === undefined ? undefined : jobKeyOf(detail, started),
    ...(started?.startedAt !== undefined && { startedAt: started.startedAt }),
  };
  if (!isOver(detail)) {
    if (base.state !== 'queued') return base;
    const { statusReason } = detail;
    const queuedSince = last?.stoppedAt ?? createdAt;
    return { ...base, queuedSince, ...(statusReason && { reason: statusReason }) };
  }
  const exitCode = last?.container?.exitCode ?? detail.container?.exitCode;
  return {
    ...base,
    finishedAt: detail.stoppedAt ?? last?.stoppedAt ?? createdAt,
    ...(exitCode !== undefined && { exitCode }),
    ...(detail.status === 'FAILED' && explainEnd(detail, runs, exitCode)),
  };
}

const states: Readonly<Record<JobDetail['status'], JobObservationState>> = {
  SUBMITTED: 'queued',
  PENDING: 'queued',
  RUNNABLE: 'queued',
  STARTING: 'queued',
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
};

/** Says only that a container ended, which its exit code says better. */
const noise = 'Essential container in task exited';

/**
 * What Batch starts anew by itself, as often as the job definition says: what infra/src/retry-rules.ts has it retry.
 * Whatever else is not the build's own fault is left to the orchestrator.
 */
const retriedByBatch = /^(?:Host EC2|CannotPull)/;

/** How Batch words the loss of a host: https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html */
const hostLost = 'Host EC2';

/**
 * How ECS words that a container could not be started:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 */
const notStarted =
  /^(?:Cannot(?:Pull|Create|Start|Inspect)Container\w*Error|ResourceInitializationError|DockerTimeoutError|Task failed to start)/;

/** https://docs.aws.amazon.com/batch/latest/userguide/job_timeouts.html */
const timeout = 'Job attempt duration exceeded timeout';

type Explanation = Pick<JobObservation, 'reason' | 'infrastructureFailure' | 'retriesSpent' | 'timedOut'>;

function explainEnd(detail: JobDetail, runs: readonly JobRun[], exitCode: number | undefined): Explanation {
  const last = runs.at(-1);
  const told = [detail.statusReason, last?.statusReason, last?.container?.reason, detail.container?.reason];
  const reasons = [...new Set(told.filter((reason) => reason !== undefined && reason !== ''))] as string[];
  const telling = exitCode === undefined ? reasons : reasons.filter((reason) => reason !== noise);
  const isStopped = detail.isTerminated === true || detail.isCancelled === true;
  const isLost = reasons.some(
    (reason) => reason.startsWith(hostLost) || (exitCode === undefined && notStarted.test(reason)),
  );
  // A definition that lets Batch start a job only once leaves all of it to the orchestrator.
  const isSpent = runs.length > 1 && reasons.some((reason) => retriedByBatch.test(reason));
  return {
    ...(telling.length > 0 && { reason: telling.join('; ') }),
    ...(isLost && !isStopped && { infrastructureFailure: true }),
    ...(isLost && !isStopped && isSpent && { retriesSpent: true }),
    ...(reasons.some((reason) => reason.startsWith(timeout)) && { timedOut: true }),
  };
}
