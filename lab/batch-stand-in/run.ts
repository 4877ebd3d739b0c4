import type { Clock } from '../../src/ports/clock.ts';

/** The context of one start of a job. */
export interface RunContext {
  readonly jobId: string;
  /** `AWS_BATCH_JOB_ATTEMPT`, from 1. */
  readonly attempt: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Adds a line to the run's log stream. */
  log(line: string): void;
}

export interface Run {
  readonly ended: Promise<RunEnd>;
  signal(name: 'TERM' | 'KILL'): void;
}

/** A run without a container has no exit code. */
export interface RunEnd {
  readonly exitCode?: number;
  /** The container's reason, in ECS's wording. */
  readonly reason?: string;
  /** The attempt's reason. @default 'Essential container in task exited' */
  readonly statusReason?: string;
}

export type StartRun = (context: RunContext) => Run;

export const essentialContainerExited = 'Essential container in task exited';
export const hostLost: RunEnd = { statusReason: 'Host EC2 (instance i-0123456789abcdef0) terminated.' };
export const pullFailed: RunEnd = {
  statusReason: 'Task failed to start',
  reason: 'CannotPullContainerError: pull image manifest has been retried 7 time(s): i/o timeout',
};
