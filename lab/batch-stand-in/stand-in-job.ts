import type { Clock } from '../../src/ports/clock.ts';
import type { LogStreams } from './log-streams.ts';
import { essentialContainerExited, type Run, type RunEnd } from './run.ts';
import type { Conduct, SubmittedJob } from './stand-in-options.ts';

export type JobStatus = 'SUBMITTED' | 'PENDING' | 'RUNNABLE' | 'STARTING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED';

export interface StandInAttempt {
  readonly container: {
    readonly taskArn: string;
    readonly logStreamName?: string;
    readonly exitCode?: number;
    readonly reason?: string;
  };
  readonly startedAt?: number;
  readonly stoppedAt: number;
  readonly statusReason: string;
}

/** How often Batch starts a job after a lost host or a failed pull, according to the job definition of infra/. */
const mostStarts = 3;

export interface JobWorld {
  readonly clock: Clock;
  readonly logs: LogStreams;
  readonly graceMilliseconds: number;
  /** Called for each state that a job enters after its first. */
  readonly onChange: (job: StandInJob) => void;
}

/**
 * One job of the stand-in, from SUBMITTED to its end:
 * https://docs.aws.amazon.com/batch/latest/userguide/job_states.html
 */
export class StandInJob {
  readonly job: SubmittedJob;
  readonly createdAt: number;
  readonly attempts: StandInAttempt[] = [];
  /** In the order in which the job entered them. */
  readonly statuses: JobStatus[] = ['SUBMITTED'];
  /** Hidden from DescribeJobs and ListJobs. */
  vanished = false;
  statusReason: string | undefined;
  startedAt: number | undefined;
  stoppedAt: number | undefined;
  isCancelled = false;
  isTerminated = false;
  logStreamName: string | undefined;
  readonly #world: JobWorld;
  readonly #conduct: Conduct;
  readonly #timeoutMilliseconds: number | undefined;
  #run: Run | undefined;
  #stopReason: string | undefined;
  /** Ends the current wait. */
  #stop = new AbortController();

  constructor(job: SubmittedJob, conduct: Conduct, world: JobWorld & { readonly timeoutSeconds: number | undefined }) {
    this.job = job;
    this.createdAt = world.clock.now();
    this.#conduct = conduct;
    this.#world = world;
    this.#timeoutMilliseconds = world.timeoutSeconds === undefined ? undefined : world.timeoutSeconds * 1000;
  }

  get status(): JobStatus {
    return this.statuses.at(-1) ?? 'SUBMITTED';
  }

  get isOver(): boolean {
    return this.status === 'SUCCEEDED' || this.status === 'FAILED';
  }

  /** Runs the job through its states; resolves at its end. */
  async live(): Promise<void> {
    const { submittedMilliseconds = 0, pendingMilliseconds, runnableMilliseconds = 0 } = this.#conduct;
    const { startingMilliseconds = 0, stuckReason } = this.#conduct;
    await this.#wait(submittedMilliseconds);
    if (pendingMilliseconds !== undefined && this.#enter('PENDING')) await this.#wait(pendingMilliseconds);
    while (!this.isOver) {
      this.#enter('RUNNABLE');
      if (stuckReason !== undefined) {
        await this.#wait(runnableMilliseconds);
        if (this.status === 'RUNNABLE') this.statusReason = stuckReason;
        return;
      }
      await this.#wait(runnableMilliseconds);
      if (!this.#enter('STARTING')) return;
      await this.#wait(startingMilliseconds);
      const end = this.#stopReason === undefined ? await this.#runOnce() : {};
      if (this.#isFinal(end)) this.#finish(end);
    }
  }

  fail(reason: string): void {
    this.statusReason = reason;
    this.stoppedAt = this.#world.clock.now();
    this.#become('FAILED');
  }

  terminate(reason: string): void {
    if (this.isOver || this.#stopReason !== undefined) return;
    if (this.status !== 'STARTING' && this.status !== 'RUNNING') return this.#cancel(reason);
    this.isTerminated = true;
    this.#stopReason = reason;
    if (this.#run === undefined) this.#stop.abort();
    else this.#end(this.#run);
  }

  #cancel(reason: string): void {
    this.isCancelled = true;
    this.fail(reason);
    this.#stop.abort();
  }

  async #runOnce(): Promise<RunEnd> {
    const { clock, logs } = this.#world;
    const attempt = this.attempts.length + 1;
    const { runs } = this.#conduct;
    const start = runs[Math.min(attempt, runs.length) - 1];
    if (start === undefined) return {};
    const logStreamName = `twinhull-stand-in/default/${this.job.jobId}-${String(attempt)}`;
    const { jobId, environment } = this.job;
    const log = (line: string): void => logs.append(logStreamName, clock.now(), line);
    const run = start({ jobId, attempt, environment, clock, log });
    const pulling = new AbortController();
    // A run that fails before it has a container never enters RUNNING.
    const early = await Promise.race([run.ended, clock.sleep(0, pulling.signal).then(() => undefined)]);
    pulling.abort();
    const hasContainer = early === undefined || early.exitCode !== undefined || early.reason === undefined;
    if (hasContainer) {
      this.logStreamName = logStreamName;
      this.startedAt = clock.now();
      this.#enter('RUNNING');
    }
    this.#run = run;
    if (this.#stopReason !== undefined) this.#end(run);
    const startedAt = hasContainer ? this.startedAt : undefined;
    const over = new AbortController();
    if (this.#timeoutMilliseconds !== undefined) void this.#enforce(run, this.#timeoutMilliseconds, over.signal);
    const end = await run.ended;
    over.abort();
    this.#run = undefined;
    this.attempts.push({
      container: {
        taskArn: this.taskArn(attempt),
        ...(hasContainer && { logStreamName }),
        ...(end.exitCode !== undefined && { exitCode: end.exitCode }),
        ...(end.reason !== undefined && { reason: end.reason }),
      },
      ...(startedAt !== undefined && { startedAt }),
      stoppedAt: clock.now(),
      statusReason: this.#stopReason ?? end.statusReason ?? essentialContainerExited,
    });
    return end;
  }

  taskArn(attempt: number): string {
    return `arn:aws-us-gov:ecs:us-gov-west-1:123456789012:task/stand-in/${this.job.jobId}-${String(attempt)}`;
  }

  /** SIGTERM, then SIGKILL after the grace period. */
  #end(run: Run): void {
    const over = new AbortController();
    void run.ended.then(() => over.abort());
    run.signal('TERM');
    void this.#world.clock.sleep(this.#world.graceMilliseconds, over.signal).then(() => {
      if (!over.signal.aborted) run.signal('KILL');
    });
  }

  async #enforce(run: Run, milliseconds: number, over: AbortSignal): Promise<void> {
    await this.#world.clock.sleep(milliseconds, over);
    if (over.aborted || this.#stopReason !== undefined) return;
    this.#stopReason = 'Job attempt duration exceeded timeout';
    this.#end(run);
  }

  /** Follows the retry rules of the infrastructure: lost hosts and failed pulls are retried, any other end is final. */
  #isFinal({ statusReason = '', reason = '' }: RunEnd): boolean {
    const isRetried = statusReason.startsWith('Host EC2') || reason.startsWith('CannotPullContainerError');
    return !isRetried || this.#stopReason !== undefined || this.attempts.length >= mostStarts;
  }

  #finish(end: RunEnd): void {
    this.stoppedAt = this.#world.clock.now();
    this.statusReason = this.#stopReason ?? end.statusReason ?? essentialContainerExited;
    this.#become(end.exitCode === 0 && this.#stopReason === undefined ? 'SUCCEEDED' : 'FAILED');
  }

  #enter(status: JobStatus): boolean {
    if (this.isOver) return false;
    this.statusReason = undefined;
    this.#become(status);
    return true;
  }

  #become(status: JobStatus): void {
    this.statuses.push(status);
    this.#world.onChange(this);
  }

  async #wait(milliseconds: number): Promise<void> {
    if (milliseconds > 0) await this.#world.clock.sleep(milliseconds, this.#stop.signal);
  }
}
