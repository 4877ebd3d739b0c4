import type { Attempt } from '../domain/build.ts';
import type { Failure } from '../domain/failure.ts';
import { type FailureReason, failureReasons, phaseOfExitCode, terminatedExitCode } from '../domain/phase.ts';
import type { Platform } from '../domain/platform.ts';
import type { JobObservation } from '../ports/job-backend.ts';
import { failedCommand } from './failed-command.ts';
import type { LogReport } from './log-report.ts';

export interface EndedAttempt {
  readonly platform: Platform;
  readonly attempt: Attempt;
  readonly job: JobObservation | 'gone';
  readonly report: LogReport;
  readonly timeouts: { readonly waitSeconds: number; readonly runSeconds: number };
}

/** Everything that is known about why an attempt did not succeed, in the form that people read. Pure. */
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
      hint: 'somebody removed it, or its host was lost; `twinhull retry` starts it anew',
      infrastructure: true,
    };
  }
  if (report.fail !== undefined) return toldByBuilder(ended, report.fail, job, details);

  const phase = job.exitCode === undefined ? undefined : phaseOfExitCode(job.exitCode);
  const infrastructure = job.infrastructureFailure === true;
  const how = job.exitCode === undefined ? 'failed' : `ended with exit code ${String(job.exitCode)}`;
  return {
    ...details,
    code: infrastructure ? 'JobLost' : 'JobFailed',
    message: `the ${platform} job ${how}${phase === undefined ? '' : ` in phase ${phase}`}${because(job.reason)}`,
    hint: hintFromLog(report.tail) ?? generalHint(job, infrastructure),
    phase: phase ?? report.phases.findLast((span) => span.seconds === undefined)?.phase,
    exitCode: job.exitCode,
    backendReason: job.reason,
    infrastructure,
  };
}

/** Reasons for which the tool that failed has told more in its last words. */
const toldByTool: ReadonlySet<FailureReason> = new Set([
  'engine-unreachable',
  'git-unreachable',
  'submodule-failed',
  'login-refused',
  'push-refused',
  'registry-unreachable',
]);

type Details = Pick<Failure, 'platform' | 'queue' | 'logTail' | 'retriesSpent'>;

function toldByBuilder(
  { platform, report }: EndedAttempt,
  fail: NonNullable<LogReport['fail']>,
  job: JobObservation,
  details: Details,
): Failure {
  const { retry, hint } = failureReasons[fail.reason];
  const image = fail.image === undefined ? '' : ` of image ${fail.image}`;
  const command = fail.reason === 'step-failed' ? failedCommand(report.tail) : undefined;
  const exitCode = command?.exitCode ?? fail.exitCode;
  const said = toldByTool.has(fail.reason) ? report.tail.at(-1)?.slice(0, 200) : undefined;
  const what = command === undefined ? fail.text + because(said) : `${fail.text} at \`${command.command}\``;
  return {
    ...details,
    code: 'JobFailed',
    message: `the ${platform} job failed in phase ${fail.phase}${image} with exit code ${String(exitCode)}: ${what}`,
    hint: hintFromLog(report.tail) ?? hint,
    phase: fail.phase,
    image: fail.image,
    reason: fail.reason,
    exitCode,
    backendReason: job.reason,
    infrastructure: retry || job.infrastructureFailure === true || report.tail.some((line) => engineRace.test(line)),
  };
}

/**
 * What an engine says when it removes an image for one build just while it makes the same image, byte for byte, for
 * another: neither is at fault.
 */
const engineRace = /failed to get digest sha256:\S+ open \S+\/imagedb\/\S+ no such file or directory/;

function waitedTooLong({ platform, attempt, timeouts }: EndedAttempt, details: Details): Failure {
  const { waitingFor, startedAt } = attempt;
  const start = startedAt === undefined ? 'start' : 'start anew';
  return {
    ...details,
    code: 'JobTimedOut',
    message: `the ${platform} job did not ${start} within ${String(timeouts.waitSeconds)} s${because(waitingFor)}`,
    hint: 'is there capacity for this platform? raise timeouts.wait in the recipe if it is only busy',
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
    hint: 'see in the last log lines where it hangs, or raise timeouts.run in the recipe',
    phase: phase?.phase,
    image: phase?.image,
    infrastructure: false,
  };
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}

function generalHint(job: JobObservation, infrastructure: boolean): string {
  if (infrastructure) return 'the host or engine was lost, or the builder image could not be had; `twinhull retry`';
  if (job.exitCode === terminatedExitCode) return 'somebody stopped the job; `twinhull retry` starts it anew';
  if (job.exitCode === 137) return 'it was killed: more memory may help';
  return 'read the last log lines';
}

/** Engine messages whose cure people do not guess from the text. */
const knownTexts: readonly (readonly [RegExp, string])[] = [
  [/exec format error/i, 'the machine cannot run programs of this platform: enable emulation (see `twinhull doctor`)'],
  [/no space left on device/i, 'the disk of the engine or registry is full: free some space, then `twinhull retry`'],
  [/toomanyrequests|rate limit/i, 'a registry limits pulls: log in to it, or use a mirror; then `twinhull retry`'],
  [
    /x509: certificate signed by unknown authority/i,
    "the engine does not trust the registry's certificate: add its CA under /etc/docker/certs.d",
  ],
];

function hintFromLog(tail: readonly string[]): string | undefined {
  const text = tail.join('\n');
  return knownTexts.find(([pattern]) => pattern.test(text))?.[1];
}
