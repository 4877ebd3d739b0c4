import type { Clock } from '../../src/ports/clock.ts';
import type { Faults } from './faults.ts';
import type { JobStateChange } from './job-state-change.ts';
import type { StartRun } from './run.ts';

export interface StandInOptions {
  /** Times the job states, and limits the rate of calls. */
  readonly clock: Clock;
  readonly queues: readonly StandInQueue[];
  /** Names of active job definitions; each has the single revision 1. */
  readonly jobDefinitions: readonly string[];
  /** The behaviour of a job. @param nth counts the jobs of this name from 0 */
  readonly conduct: (job: SubmittedJob, nth: number) => Conduct;
  /** SubmitJob calls per second. @default 50 */
  readonly submitsPerSecond?: number;
  /** Latency of a response, in milliseconds. @default 0 */
  readonly answerMilliseconds?: number;
  /** How long ListJobs omits a new job, in milliseconds. @default 0 */
  readonly listLagMilliseconds?: number;
  /** Time between SIGTERM and SIGKILL, in milliseconds. @default 30_000 */
  readonly graceMilliseconds?: number;
  /** Lines per page of GetLogEvents, at most. @default 10_000 */
  readonly logPageEvents?: number;
  /** Called before each operation is carried out. */
  readonly faults?: Faults;
  /** Called for each state change of a job, like EventBridge. */
  readonly onStateChange?: (event: JobStateChange) => void;
}

export interface StandInQueue {
  readonly name: string;
  /** @default 'ENABLED' */
  readonly state?: 'ENABLED' | 'DISABLED';
}

export interface SubmittedJob {
  readonly jobId: string;
  readonly jobName: string;
  readonly queue: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The behaviour of a job that is not stopped. */
export interface Conduct {
  /** Time in each state before it runs, in milliseconds. @default 0 */
  readonly submittedMilliseconds?: number;
  readonly pendingMilliseconds?: number;
  readonly runnableMilliseconds?: number;
  readonly startingMilliseconds?: number;
  /** The job never leaves RUNNABLE, for this reason. */
  readonly stuckReason?: string;
  /** One for each start; the last one is repeated if Batch starts the job more often. */
  readonly runs: readonly StartRun[];
}
