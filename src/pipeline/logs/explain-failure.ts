import type { Attempt } from '../../domain/build.ts';
import type { Failure } from '../../domain/failure.ts';
import {
  exitCodes,
  type FailureReason,
  failureReasons,
  phaseOfExitCode,
  terminatedExitCode,
} from '../../domain/phase.ts';
import type { Platform } from '../../domain/platform.ts';
import type { JobObservation } from '../../ports/job-backend.ts';
import { hintFromLog, isEngineRace } from '../failure-hints.ts';
import { failedCommand } from './failed-command.ts';
import type { LogReport } from './log-report.ts';

/** Everything known about an attempt that did not succeed; `gone` is a job that its backend no longer knows. */
export interface EndedAttempt {
  readonly platform: Platform;
  readonly attempt: Attempt;
  readonly job: JobObservation | 'gone';
  readonly report: LogReport;
  readonly timeouts: { readonly waitSeconds: number; readonly runSeconds: number };
}

/** Explains why an attempt did not succeed, from everything that is known, in readable form. Pure. */
export function explainFailure(ended: EndedAttempt): Failure {
  const { platform, attempt, job, report } = ended;
  const queue = job === 'gone' ? undefined : job.queue;
  const details = {
    platform,
    ...(queue !== undefined && { queue }),
    logTail: report.tail,
    ...(job !== 'gone' && job.retriesSpent === true && { retriesSpent: true }),
  };
  const why = attempt.stopping?.why;
  if (why === 'wait-timeout') return waitedTooLong(ended, details);
  if (why === 'run-timeout' || (job !== 'gone' && job.timedOut === true)) return ranTooLong(ended, details);
  if (job === 'gone') {
    return {
      ...details,
      code: 'JobLost',
      message: `the ${platform} job ${attempt.name} disappeared from its backend`,
      hint: 'run `twinhull retry` to restart it; it was removed, or its host was lost',
      infrastructure: true,
    };
  }
  if (report.fail !== undefined) return reportedByBuilder(ended, report.fail, job, details);

  const phase = job.exitCode === undefined ? undefined : phaseOfExitCode(job.exitCode);
  const infrastructure = job.infrastructureFailure === true || phase === 'bootstrap';
  const stage = phase ?? report.phases.findLast((span) => span.seconds === undefined)?.phase;
  const how = job.exitCode === undefined ? 'failed' : `ended with exit code ${String(job.exitCode)}`;
  return {
    ...details,
    code: infrastructure ? 'JobLost' : 'JobFailed',
    message: `the ${platform} job ${how}${phase === undefined ? '' : ` in phase ${phase}`}${because(job.reason)}`,
    hint: hintFromLog(report.phaseTail, stage) ?? hintFromBackend(job) ?? generalHint(job, infrastructure),
    phase: stage,
    exitCode: job.exitCode,
    backendReason: job.reason,
    infrastructure,
  };
}

/** Reasons for which the last output of the failed tool explains more. */
const explainedByTool: ReadonlySet<FailureReason> = new Set([
  'engine-unreachable',
  'engine-version',
  'git-unreachable',
  'submodule-failed',
  'lfs-failed',
  'login-refused',
  'push-refused',
  'registry-unreachable',
]);

type Details = Pick<Failure, 'platform' | 'queue' | 'logTail' | 'retriesSpent'>;

function reportedByBuilder(
  { platform, report }: EndedAttempt,
  fail: NonNullable<LogReport['fail']>,
  job: JobObservation,
  details: Details,
): Failure {
  const { retry, hint } = failureReasons[fail.reason];
  const image = fail.image === undefined ? '' : ` of image ${fail.image}`;
  const command = fail.reason === 'step-failed' ? failedCommand(report.phaseTail) : undefined;
  const exitCode = command?.exitCode ?? fail.exitCode;
  const lastLine = explainedByTool.has(fail.reason) ? report.tail.at(-1)?.slice(0, 200) : undefined;
  const what = command === undefined ? fail.text + because(lastLine) : `${fail.text} at \`${command.command}\``;
  return {
    ...details,
    code: 'JobFailed',
    message: `the ${platform} job failed in phase ${fail.phase}${image} with exit code ${String(exitCode)}: ${what}`,
    hint: hintFromLog(report.phaseTail, fail.phase) ?? hint,
    phase: fail.phase,
    image: fail.image,
    reason: fail.reason,
    exitCode,
    backendReason: job.reason,
    infrastructure: retry || job.infrastructureFailure === true || isEngineRace(report.phaseTail),
  };
}

function waitedTooLong({ platform, attempt, timeouts }: EndedAttempt, details: Details): Failure {
  const { waitingFor, startedAt } = attempt;
  const start = startedAt === undefined ? 'start' : 'restart';
  return {
    ...details,
    code: 'JobTimedOut',
    message: `the ${platform} job did not ${start} within ${String(timeouts.waitSeconds)} s${because(waitingFor)}`,
    hint: 'check that there is capacity for this platform; raise timeouts.wait in the recipe if it is only busy',
    ...(waitingFor !== undefined && { backendReason: waitingFor }),
    infrastructure: false,
  };
}

function ranTooLong({ platform, report, timeouts }: EndedAttempt, details: Details): Failure {
  const phase = report.phases.findLast((span) => span.seconds === undefined || span.exitCode !== 0);
  const where =
    phase === undefined ? '' : ` in phase ${phase.phase}${phase.image === undefined ? '' : ` of image ${phase.image}`}`;
  return {
    ...details,
    code: 'JobTimedOut',
    message: `the ${platform} job was stopped${where} after it had run for ${String(timeouts.runSeconds)} s`,
    hint: 'find in the last log lines where it hangs, or raise timeouts.run in the recipe',
    phase: phase?.phase,
    image: phase?.image,
    infrastructure: false,
  };
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}

function hintFromBackend({ exitCode, infrastructureFailure, reason = '' }: JobObservation): string | undefined {
  if (exitCode === exitCodes.bootstrap && infrastructureFailure !== true)
    return 'check the job role, the object and the route to S3 that the job definition needs (docs/deploying.md)';
  if (/Container Overrides length must be at most/i.test(reason))
    return 'deploy the stack of this version: its job definition has a small command; then shorten the recipe if it still fails';
  return undefined;
}

function generalHint(job: JobObservation, infrastructure: boolean): string {
  if (infrastructure)
    return 'run `twinhull retry`: the host or engine was lost, or the builder image could not be pulled';
  if (job.exitCode === terminatedExitCode)
    return 'run `twinhull retry` to restart the job; it was stopped from outside';
  if (job.exitCode === 137) return 'give the job more memory: it was killed';
  return 'read the last log lines';
}
