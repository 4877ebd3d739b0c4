import { describe, expect, it } from 'vitest';
import { arm64 } from '../../../test/helpers/sample-builds.ts';
import type { Attempt } from '../../domain/build.ts';
import type { Failure } from '../../domain/failure.ts';
import { type FailureReason, failureReasons } from '../../domain/phase.ts';
import type { JobObservation } from '../../ports/job-backend.ts';
import { explainFailure } from './explain-failure.ts';
import type { LogReport } from './log-report.ts';

const attempt: Attempt = {
  number: 1,
  name: 'twinhull-b-arm64-1',
  state: 'running',
  ...{ intendedAt: 0, sentAt: 0, uncertain: false, duplicates: [], phases: [], released: false },
};
const job: JobObservation = { id: 'j', name: attempt.name, createdAt: 0, state: 'failed', jobKey: 'k' };

const noReport: LogReport = {
  ...{
    phases: [],
    fail: undefined,
    tail: [],
    phaseTail: [],
    reportVersion: 2,
    pushed: new Map(),
    programs: new Map(),
    bases: new Map(),
  },
};

interface Observed {
  readonly job?: Partial<JobObservation> | 'gone';
  readonly report?: Partial<LogReport>;
  readonly stopping?: 'wait-timeout' | 'run-timeout';
  readonly waitingFor?: string;
  readonly startedAt?: number;
}

function explained({ job: observed = {}, report = {}, stopping, waitingFor, startedAt }: Observed): Failure {
  return explainFailure({
    platform: arm64,
    attempt: { ...attempt, waitingFor, startedAt, ...(stopping && { stopping: { at: 0, why: stopping } }) },
    job: observed === 'gone' ? 'gone' : { ...job, ...observed },
    report: { ...noReport, phaseTail: report.tail ?? [], ...report },
    timeouts: { waitSeconds: 60, runSeconds: 90 },
  });
}

function failMark(reason: FailureReason, exitCode = 1): NonNullable<LogReport['fail']> {
  return { verb: 'fail', uptime: 1, phase: 'build', image: 'task', reason, exitCode, text: 'the build failed' };
}

describe('a failure', () => {
  it('names the platform, phase, image, exit code, reason and last lines that the builder reported', () => {
    const failure = explained({
      job: { exitCode: 47 },
      report: { fail: failMark('step-failed', 2), tail: ['make: error'] },
    });
    expect(failure).toMatchObject({
      ...{ code: 'JobFailed', platform: arm64, phase: 'build', image: 'task', reason: 'step-failed', exitCode: 2 },
      ...{ infrastructure: false, logTail: ['make: error'] },
    });
    expect(failure.message).toBe(
      'the linux/arm64 job failed in phase build of image task with exit code 2: the build failed',
    );
  });

  it.each(Object.keys(failureReasons) as FailureReason[])(
    'blames the build or the infrastructure according to the reason %s',
    (reason) => {
      const failure = explained({ job: { exitCode: 47 }, report: { fail: failMark(reason) } });
      expect(failure.infrastructure).toBe(failureReasons[reason].retry);
      expect(failure.hint).not.toBe('');
    },
  );

  it('derives the phase from the exit code if the log is lost', () => {
    expect(explained({ job: { exitCode: 44 } })).toMatchObject({ phase: 'clone', exitCode: 44, infrastructure: false });
    expect(explained({ job: { exitCode: 44 } }).message).toBe(
      'the linux/arm64 job ended with exit code 44 in phase clone',
    );
  });

  it('is retryable if the job could not fetch the builder script', () => {
    const failure = explained({ job: { exitCode: 39 } });
    expect(failure).toMatchObject({ phase: 'bootstrap', infrastructure: true });
    expect(failure.hint).toContain('S3');
  });

  it('has a specific hint for overrides that ECS refused, and for no other status reason', () => {
    const reason = 'Container Overrides length must be at most 8192';
    expect(explained({ job: { reason } })).toMatchObject({
      hint: expect.stringContaining('deploy the stack'),
      infrastructure: false,
    });
    expect(explained({ job: { reason: 'Container exited' } }).hint).not.toContain('deploy');
  });

  it('names the phase that never ended if the exit code is ambiguous', () => {
    const phases = [
      { phase: 'clone', startSeconds: 0, seconds: 1, exitCode: 0 } as const,
      { phase: 'build', startSeconds: 1 } as const,
    ];
    expect(explained({ job: { exitCode: 137 }, report: { phases } })).toMatchObject({
      phase: 'build',
      hint: 'give the job more memory: it was killed',
    });
  });

  it('quotes the backend about a lost host', () => {
    const failure = explained({ job: { reason: 'Host EC2 terminated', infrastructureFailure: true } });
    expect(failure).toMatchObject({ code: 'JobLost', infrastructure: true, backendReason: 'Host EC2 terminated' });
    expect(failure.message).toContain('Host EC2 terminated');
  });

  it('reports that the backend has used up its own retries', () => {
    const lost = { infrastructureFailure: true, retriesSpent: true };
    expect(explained({ job: lost })).toMatchObject({ infrastructure: true, retriesSpent: true });
    const failure = explained({ job: lost, report: { fail: failMark('git-unreachable') } });
    expect(failure).toMatchObject({ infrastructure: true, retriesSpent: true });
    expect(explained({ job: { infrastructureFailure: true } })).not.toHaveProperty('retriesSpent');
  });

  it('reports a job that disappeared', () => {
    expect(explained({ job: 'gone' })).toMatchObject({ code: 'JobLost', infrastructure: true });
  });

  it('distinguishes the waiting limit from the run limit', () => {
    expect(explained({ job: 'gone', stopping: 'wait-timeout' })).toMatchObject({
      code: 'JobTimedOut',
      infrastructure: false,
    });
    expect(explained({ stopping: 'wait-timeout' }).message).toBe('the linux/arm64 job did not start within 60 s');
    expect(explained({ stopping: 'wait-timeout', startedAt: 5 }).message).toBe(
      'the linux/arm64 job did not restart within 60 s',
    );
    const phases = [{ phase: 'build', image: 'task', startSeconds: 1 } as const];
    expect(explained({ stopping: 'run-timeout', report: { phases } })).toMatchObject({
      ...{ phase: 'build', image: 'task', code: 'JobTimedOut' },
      message: 'the linux/arm64 job was stopped in phase build of image task after it had run for 90 s',
    });
  });

  it('does not blame a build whose image the engine lost to an identical build', () => {
    const line =
      'failed to get digest sha256:2f3d: open /var/lib/docker/image/overlay2/imagedb/content/sha256/2f3d: no such file or directory';
    const report = { fail: failMark('step-failed'), tail: [line] };
    expect(explained({ job: { exitCode: 47 }, report })).toMatchObject({ phase: 'build', infrastructure: true });
  });

  it('has the hint of a known message, or else of the reason', () => {
    const failed = (line: string) =>
      explained({ job: { exitCode: 47 }, report: { fail: failMark('step-failed'), tail: [line] } }).hint;
    expect(failed('#5 0.1 no space left on device')).toBe(failureReasons['step-failed'].hint);
    expect(failed('#5 ERROR: write /layer: no space left on device')).toContain('free some space');
  });

  it('ignores messages of earlier phases', () => {
    const mark = failMark('push-refused');
    const fail: LogReport['fail'] = { ...mark, phase: 'push' };
    const report = { fail, phaseTail: ['denied'] };
    const tail = ['Error response from daemon: toomanyrequests: limit', 'denied'];
    expect(explained({ job: { exitCode: 49 }, report: { ...report, tail } }).hint).toBe(
      failureReasons['push-refused'].hint,
    );
  });

  it.each<[string, Partial<JobObservation>, string]>([
    ['a lost host', { infrastructureFailure: true }, 'the host or engine was lost'],
    ['a stop', { exitCode: 143 }, 'it was stopped from outside'],
    ['a kill', { exitCode: 137 }, 'give the job more memory'],
    ['a script that could not be fetched', { exitCode: 39 }, 'S3'],
    [
      'such a job on a host that was lost',
      { exitCode: 39, infrastructureFailure: true },
      'the host or engine was lost',
    ],
    ['overrides that are too long', { reason: 'Container Overrides length must be at most 8192' }, 'deploy the stack'],
    ['another length', { reason: 'length must be at most 8192' }, 'read the last log lines'],
    ['any other exit code', { exitCode: 1 }, 'read the last log lines'],
  ])('has a hint for a report of the backend: %s', (_, observed, hint) => {
    expect(explained({ job: observed }).hint).toContain(hint);
  });

  it('names the queue if there is one, for every failure', () => {
    const queue = 'vecoli-build-arm64';
    expect(explained({ job: { queue, exitCode: 44 } })).toMatchObject({ queue });
    expect(explained({ job: { queue }, report: { fail: failMark('step-failed') } })).toMatchObject({ queue });
    expect(explained({ job: { queue }, stopping: 'wait-timeout' })).toMatchObject({ queue });
    expect(explained({ job: { exitCode: 44 } })).not.toHaveProperty('queue');
  });

  it('names what a job waited for until its limit', () => {
    const waitingFor = 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY';
    expect(explained({ stopping: 'wait-timeout', waitingFor })).toMatchObject({
      message: `the linux/arm64 job did not start within 60 s: ${waitingFor}`,
      backendReason: waitingFor,
    });
  });

  it('is the same whether the driver or the backend enforced the run limit', () => {
    const byBackend = explained({ job: { timedOut: true, exitCode: 143, reason: 'Job attempt duration exceeded' } });
    expect(byBackend).toEqual(explained({ stopping: 'run-timeout' }));
  });
});
