import type { JobObservation, JobObservationState } from '../../../ports/job-backend.ts';
import { resourceNameOf } from '../sdk/resource-name.ts';
import { hasJobEnded, type JobDetail } from './job-detail.ts';
import { type JobRun, jobKeyOf, runsOf } from './job-runs.ts';

/** Translates a DescribeJobs description into the pipeline's terms. Pure. */
export function observeJob(detail: JobDetail): JobObservation {
  const { jobId: id, jobName: name, createdAt, jobQueue } = detail;
  const runs = runsOf(detail);
  const last = runs.at(-1);
  // A run that Batch could not even start pushed nothing, but it counts as a run.
  const started = runs.findLast((run) => run.startedAt !== undefined);
  const base = {
    ...{ id, name, createdAt },
    state: states[detail.status],
    queue: resourceNameOf(jobQueue),
    jobKey: started === undefined ? undefined : jobKeyOf(detail, started),
    ...(started?.startedAt !== undefined && { startedAt: started.startedAt }),
  };
  if (!hasJobEnded(detail)) {
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

/** States only that a container ended; the exit code is more precise. */
const noise = 'Essential container in task exited';

/**
 * The failures for which Batch itself restarts a job, as configured in infra/src/retry-rules.ts. Other infrastructure
 * failures are left to the orchestrator.
 */
const retriedByBatch = /^(?:Host EC2|CannotPull)/;

/** How Batch reports the loss of a host: https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html */
const hostLost = 'Host EC2';

/**
 * How ECS reports that a container could not be started:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 */
const notStarted =
  /^(?:Cannot(?:Pull|Create|Start|Inspect)Container\w*Error|ResourceInitializationError|DockerTimeoutError|Task failed to start)/;

/** https://docs.aws.amazon.com/batch/latest/userguide/job_timeouts.html */
const timeout = 'Job attempt duration exceeded timeout';

type Explanation = Pick<JobObservation, 'reason' | 'infrastructureFailure' | 'retriesSpent' | 'timedOut'>;

function explainEnd(detail: JobDetail, runs: readonly JobRun[], exitCode: number | undefined): Explanation {
  const last = runs.at(-1);
  const reported = [detail.statusReason, last?.statusReason, last?.container?.reason, detail.container?.reason];
  const reasons = [...new Set(reported.filter((reason) => reason !== undefined && reason !== ''))] as string[];
  const informative = exitCode === undefined ? reasons : reasons.filter((reason) => reason !== noise);
  const isStopped = detail.isTerminated === true || detail.isCancelled === true;
  const isLost = reasons.some(
    (reason) => reason.startsWith(hostLost) || (exitCode === undefined && notStarted.test(reason)),
  );
  // A job definition that allows a single start leaves all retries to the orchestrator.
  const isSpent = runs.length > 1 && reasons.some((reason) => retriedByBatch.test(reason));
  return {
    ...(informative.length > 0 && { reason: informative.join('; ') }),
    ...(isLost && !isStopped && { infrastructureFailure: true }),
    ...(isLost && !isStopped && isSpent && { retriesSpent: true }),
    ...(reasons.some((reason) => reason.startsWith(timeout)) && { timedOut: true }),
  };
}
