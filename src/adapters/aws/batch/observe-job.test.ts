import { describe, expect, it } from 'vitest';
import type { JobDetail } from './job-detail.ts';
import { observeJob } from './observe-job.ts';

// In the shapes of Batch's API model (JobDetail, AttemptDetail), with the messages of Batch and ECS.

const id = '4c7599ae-0a82-49aa-ba5a-4727fcce14a8';
const waiting: JobDetail = {
  jobId: id,
  jobName: 'twinhull-b-arm64-1',
  jobQueue: 'arn:aws-us-gov:batch:us-gov-west-1:123456789012:job-queue/vecoli-build-arm64',
  status: 'RUNNABLE',
  createdAt: 1000,
  attempts: [],
  container: {},
};
const running: JobDetail = {
  ...waiting,
  status: 'RUNNING',
  startedAt: 2000,
  container: { taskArn: 'task/1', logStreamName: 'stream/1' },
};

/** A run as Batch lists it once it has ended. */
const run = (number: number, container: object = {}, statusReason = 'Essential container in task exited') => ({
  container: { taskArn: `task/${String(number)}`, logStreamName: `stream/${String(number)}`, ...container },
  startedAt: 2000 * number,
  stoppedAt: 2000 * number + 1000,
  statusReason,
});

function ended(change: Partial<JobDetail>): JobDetail {
  return { ...running, status: 'FAILED', stoppedAt: 3000, ...change };
}

describe('a job of AWS Batch that has not ended', () => {
  it.each(['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING'] as const)('is queued while it is %s', (status) => {
    expect(observeJob({ ...waiting, status })).toEqual({
      ...{ id, name: 'twinhull-b-arm64-1', createdAt: 1000 },
      ...{ state: 'queued', queue: 'vecoli-build-arm64', jobKey: undefined, queuedSince: 1000 },
    });
  });

  it('reports why it is stuck', () => {
    const statusReason = 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested';
    expect(observeJob({ ...waiting, statusReason })).toMatchObject({ state: 'queued', reason: statusReason });
  });

  it('runs under the key that the builder derives from id and attempt', () => {
    expect(observeJob(running)).toMatchObject({ state: 'running', jobKey: `${id}-1`, startedAt: 2000 });
    expect(observeJob(running)).not.toHaveProperty('exitCode');
  });

  it('keeps the key of the previous run until Batch has restarted it', () => {
    const attempts = [run(1, {}, 'Host EC2 (instance i-0) terminated.')];
    const again = { ...running, attempts };
    expect(observeJob({ ...again, status: 'RUNNABLE' })).toMatchObject({
      ...{ state: 'queued', jobKey: `${id}-1`, startedAt: 2000, queuedSince: 3000 },
    });
    const second = { ...again, startedAt: 4000, container: { taskArn: 'task/2', logStreamName: 'stream/2' } };
    expect(observeJob(second)).toMatchObject({ state: 'running', jobKey: `${id}-2`, startedAt: 4000 });
  });

  it('counts a run that failed to start', () => {
    const first = { ...run(1, { logStreamName: undefined }, 'Task failed to start'), startedAt: undefined };
    expect(observeJob({ ...running, attempts: [first], container: { taskArn: 'task/2' } })).toMatchObject({
      jobKey: `${id}-2`,
    });
  });

  it('counts a run once that is listed while it is still running', () => {
    const first = { ...run(1), stoppedAt: undefined };
    expect(observeJob({ ...running, attempts: [first] })).toMatchObject({ state: 'running', jobKey: `${id}-1` });
  });
});

describe('a job of AWS Batch that has ended', () => {
  it('succeeds without a reason', () => {
    const seen = observeJob(ended({ status: 'SUCCEEDED', attempts: [run(1, { exitCode: 0 })] }));
    expect(seen).toMatchObject({ state: 'succeeded', exitCode: 0, finishedAt: 3000, jobKey: `${id}-1` });
    expect(seen).not.toHaveProperty('reason');
  });

  it('has its key even if only the job describes the last run', () => {
    expect(observeJob(ended({ status: 'SUCCEEDED', attempts: [] }))).toMatchObject({ jobKey: `${id}-1` });
  });

  it('fails with its exit code, without the generic reason from Batch', () => {
    const statusReason = 'Essential container in task exited';
    const seen = observeJob(ended({ statusReason, attempts: [run(1, { exitCode: 47 })] }));
    expect(seen).toMatchObject({ state: 'failed', exitCode: 47 });
    expect(seen).not.toHaveProperty('reason');
    expect(seen).not.toHaveProperty('infrastructureFailure');
  });

  it('reports that it ran out of memory', () => {
    const reason = 'OutOfMemoryError: Container killed due to memory usage';
    const seen = observeJob(ended({ attempts: [run(1, { exitCode: 137, reason })] }));
    expect(seen).toMatchObject({ exitCode: 137, reason });
    expect(seen).not.toHaveProperty('infrastructureFailure');
  });

  it.each([
    ['Host EC2 (instance i-0123) terminated.', {}],
    ['Task failed to start', { reason: 'CannotPullContainerError: pull access denied', logStreamName: undefined }],
    [
      'Task failed to start',
      { reason: 'ResourceInitializationError: unable to pull secrets', logStreamName: undefined },
    ],
  ])('reports an infrastructure failure on %s', (statusReason, container) => {
    const seen = observeJob(ended({ statusReason, attempts: [run(1, container, statusReason)] }));
    expect(seen).toMatchObject({ infrastructureFailure: true, reason: expect.stringContaining(statusReason) });
    expect(seen).not.toHaveProperty('exitCode');
  });

  it.each([
    ['Host EC2 (instance i-0123) terminated.', {}, true],
    ['Task failed to start', { reason: 'CannotPullContainerError: i/o timeout', logStreamName: undefined }, true],
    ['Task failed to start', { reason: 'ResourceInitializationError: no secrets', logStreamName: undefined }, false],
    ['Task failed to start', { reason: 'DockerTimeoutError: could not start', logStreamName: undefined }, false],
    ['Essential container in task exited', { exitCode: 44 }, false],
  ])('has used up the retries of Batch on %s %j: %s', (statusReason, container, isSpent) => {
    const first = run(1, {}, 'Host EC2 (instance i-0) terminated.');
    const second = run(2, container, statusReason);
    const seen = observeJob(ended({ statusReason, attempts: [first, second], container: second.container }));
    expect(seen.retriesSpent ?? false).toBe(isSpent);
  });

  it('has used up no retries if its definition allows a single attempt', () => {
    const statusReason = 'Host EC2 (instance i-0123) terminated.';
    const seen = observeJob(ended({ statusReason, attempts: [run(1, {}, statusReason)] }));
    expect(seen).toMatchObject({ infrastructureFailure: true });
    expect(seen).not.toHaveProperty('retriesSpent');
  });

  it('reports the reason for its termination and no other cause', () => {
    const attempts = [run(1, { exitCode: 143 }, 'the build was cancelled')];
    const seen = observeJob(ended({ statusReason: 'the build was cancelled', isTerminated: true, attempts }));
    expect(seen).toMatchObject({ exitCode: 143, reason: 'the build was cancelled' });
    expect(seen).not.toHaveProperty('infrastructureFailure');
  });

  it('never started if it was cancelled in the queue', () => {
    const seen = observeJob({ ...waiting, status: 'FAILED', statusReason: 'stop', isCancelled: true, stoppedAt: 9 });
    expect(seen).toMatchObject({ state: 'failed', reason: 'stop', finishedAt: 9, jobKey: undefined });
    expect(seen).not.toHaveProperty('startedAt');
  });

  it('reports that Batch ended it at its timeout', () => {
    const statusReason = 'Job attempt duration exceeded timeout';
    expect(observeJob(ended({ statusReason, attempts: [run(1, { exitCode: 137 }, statusReason)] }))).toMatchObject({
      timedOut: true,
    });
  });
});
