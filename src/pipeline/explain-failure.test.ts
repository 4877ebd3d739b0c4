import { describe, expect, it } from 'vitest';
import { arm64 } from '../../test/helpers/sample-builds.ts';
import type { Attempt } from '../domain/build.ts';
import type { Failure } from '../domain/failure.ts';
import { type FailureReason, failureReasons } from '../domain/phase.ts';
import type { JobObservation } from '../ports/job-backend.ts';
import { explainFailure } from './explain-failure.ts';
import type { LogReport } from './log-report.ts';

const attempt: Attempt = {
  number: 1,
  name: 'twinhull-b-arm64-1',
  state: 'running',
  ...{ intendedAt: 0, sentAt: 0, uncertain: false, duplicates: [], phases: [], released: false },
};
const job: JobObservation = { id: 'j', name: attempt.name, createdAt: 0, state: 'failed', jobKey: 'k' };

interface Told {
  readonly job?: Partial<JobObservation> | 'gone';
  readonly report?: Partial<LogReport>;
  readonly stopping?: 'wait-timeout' | 'run-timeout';
  readonly waitingFor?: string;
  readonly startedAt?: number;
}

function explained({ job: observed = {}, report = {}, stopping, waitingFor, startedAt }: Told): Failure {
  return explainFailure({
    platform: arm64,
    attempt: { ...attempt, waitingFor, startedAt, ...(stopping && { stopping: { at: 0, why: stopping } }) },
    job: observed === 'gone' ? 'gone' : { ...job, ...observed },
    report: { phases: [], fail: undefined, tail: [], ...report },
    timeouts: { waitSeconds: 60, runSeconds: 90 },
  });
}

function failMark(reason: FailureReason, exitCode = 1): LogReport['fail'] {
  return { verb: 'fail', uptime: 1, phase: 'build', image: 'task', reason, exitCode, text: 'the build failed' };
}

describe('a failure', () => {
  it('names platform, phase, image, exit code, reason and last lines when the builder told them', () => {
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
    'is the build own or not as its reason says: %s',
    (reason) => {
      const failure = explained({ job: { exitCode: 47 }, report: { fail: failMark(reason) } });
      expect(failure.infrastructure).toBe(failureReasons[reason].retry);
      expect(failure.hint).not.toBe('');
    },
  );

  it('finds the phase by the exit code where the log is lost', () => {
    expect(explained({ job: { exitCode: 44 } })).toMatchObject({ phase: 'clone', exitCode: 44, infrastructure: false });
    expect(explained({ job: { exitCode: 44 } }).message).toBe(
      'the linux/arm64 job ended with exit code 44 in phase clone',
    );
  });

  it('takes the phase that never ended where the exit code says nothing', () => {
    const phases = [
      { phase: 'clone', startSeconds: 0, seconds: 1, exitCode: 0 } as const,
      { phase: 'build', startSeconds: 1 } as const,
    ];
    expect(explained({ job: { exitCode: 137 }, report: { phases } })).toMatchObject({
      phase: 'build',
      hint: 'it was killed: more memory may help',
    });
  });

  it('tells a lost host by the backend own words', () => {
    const failure = explained({ job: { reason: 'Host EC2 terminated', infrastructureFailure: true } });
    expect(failure).toMatchObject({ code: 'JobLost', infrastructure: true, backendReason: 'Host EC2 terminated' });
    expect(failure.message).toContain('Host EC2 terminated');
  });

  it('says that the backend has tried often enough where it says so itself', () => {
    const lost = { infrastructureFailure: true, retriesSpent: true };
    expect(explained({ job: lost })).toMatchObject({ infrastructure: true, retriesSpent: true });
    const failure = explained({ job: lost, report: { fail: failMark('git-unreachable') } });
    expect(failure).toMatchObject({ infrastructure: true, retriesSpent: true });
    expect(explained({ job: { infrastructureFailure: true } })).not.toHaveProperty('retriesSpent');
  });

  it('tells a job that disappeared', () => {
    expect(explained({ job: 'gone' })).toMatchObject({ code: 'JobLost', infrastructure: true });
  });

  it('tells waiting too long from running too long', () => {
    expect(explained({ job: 'gone', stopping: 'wait-timeout' })).toMatchObject({
      code: 'JobTimedOut',
      infrastructure: false,
    });
    expect(explained({ stopping: 'wait-timeout' }).message).toBe('the linux/arm64 job did not start within 60 s');
    expect(explained({ stopping: 'wait-timeout', startedAt: 5 }).message).toBe(
      'the linux/arm64 job did not start anew within 60 s',
    );
    const phases = [{ phase: 'build', image: 'task', startSeconds: 1 } as const];
    expect(explained({ stopping: 'run-timeout', report: { phases } })).toMatchObject({
      ...{ phase: 'build', image: 'task', code: 'JobTimedOut' },
      message: 'the linux/arm64 job was stopped in phase build of image task after it had run for 90 s',
    });
  });

  it('does not blame a build whose image the engine removed for another that made the same', () => {
    const line =
      'failed to get digest sha256:2f3d: open /var/lib/docker/image/overlay2/imagedb/content/sha256/2f3d: no such file or directory';
    const report = { fail: failMark('step-failed'), tail: [line] };
    expect(explained({ job: { exitCode: 47 }, report })).toMatchObject({ phase: 'build', infrastructure: true });
  });

  it.each([
    ['exec /bin/sh: exec format error', 'enable emulation'],
    ['write /layer: no space left on device', 'free some space'],
    ['toomanyrequests: You have reached your pull rate limit', 'limits pulls'],
    ['x509: certificate signed by unknown authority', 'add its CA'],
  ])('knows the cure of "%s"', (line, hint) => {
    expect(
      explained({ job: { exitCode: 47 }, report: { fail: failMark('step-failed'), tail: [line] } }).hint,
    ).toContain(hint);
  });

  it('names the queue where there is one, whatever the failure', () => {
    const queue = 'vecoli-build-arm64';
    expect(explained({ job: { queue, exitCode: 44 } })).toMatchObject({ queue });
    expect(explained({ job: { queue }, report: { fail: failMark('step-failed') } })).toMatchObject({ queue });
    expect(explained({ job: { queue }, stopping: 'wait-timeout' })).toMatchObject({ queue });
    expect(explained({ job: { exitCode: 44 } })).not.toHaveProperty('queue');
  });

  it('says what a job waited for in vain', () => {
    const waitingFor = 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY';
    expect(explained({ stopping: 'wait-timeout', waitingFor })).toMatchObject({
      message: `the linux/arm64 job did not start within 60 s: ${waitingFor}`,
      backendReason: waitingFor,
    });
  });

  it('is the same whether we or the backend ended a job that ran too long', () => {
    const byBackend = explained({ job: { timedOut: true, exitCode: 143, reason: 'Job attempt duration exceeded' } });
    expect(byBackend).toEqual(explained({ stopping: 'run-timeout' }));
  });
});
