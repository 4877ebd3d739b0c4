import type { Clock } from '../../src/ports/clock.ts';
import type { Faults } from './faults.ts';
import type { JobStateChange } from './job-state-change.ts';
import type { StartRun } from './run.ts';

export interface StandInOptions {
  /** Moves the jobs from state to state, and meters the calls. */
  readonly clock: Clock;
  readonly queues: readonly StandInQueue[];
  /** Names of active job definitions; each has the one revision 1. */
  readonly jobDefinitions: readonly string[];
  /** How a job goes. @param nth counts the jobs of this name from 0 */
  readonly conduct: (job: SubmittedJob, nth: number) => Conduct;
  /** SubmitJob calls a second. @default 50 */
  readonly submitsPerSecond?: number;
  /** How long an answer is on its way, in milliseconds. @default 0 */
  readonly answerMilliseconds?: number;
  /** How long after a submit ListJobs does not show the job yet, in milliseconds. @default 0 */
  readonly listLagMilliseconds?: number;
  /** How long a job has between TERM and KILL, in milliseconds. @default 30_000 */
  readonly graceMilliseconds?: number;
  /** Lines of a page of GetLogEvents, at most. @default 10_000 */
  readonly logPageEvents?: number;
  /** Asked for each call, before it is carried out. */
  readonly faults?: Faults;
  /** Told of each change of a job's state, as EventBridge is. */
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

/** What becomes of a job if nobody stops it. */
export interface Conduct {
  /** How long it stands in each state before it runs, in milliseconds. @default 0 */
  readonly submittedMilliseconds?: number;
  readonly pendingMilliseconds?: number;
  readonly runnableMilliseconds?: number;
  readonly startingMilliseconds?: number;
  /** Never leaves RUNNABLE, for this reason. */
  readonly stuckReason?: string;
  /** One for each start; where Batch starts it more often, the last one again. */
  readonly runs: readonly StartRun[];
}
