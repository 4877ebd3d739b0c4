import type { FailureReason, Phase } from '../../src/domain/phase.ts';
import type { JobObservation, JobRequest } from '../../src/ports/job-backend.ts';

/** How a fake job runs unless it is stopped. */
export interface JobScript {
  readonly queueMilliseconds: number;
  readonly runMilliseconds: number;
  readonly end: JobEnd;
  /** How long it continues after it was asked to stop. */
  readonly ignoresTerminateMilliseconds: number;
}

/**
 * `host-lost` is reported as an infrastructure failure of the first run, `hosts-lost` of every run; a job that
 * `vanishes` is no longer known to its backend at all.
 */
export type JobEnd = 'succeeds' | 'host-lost' | 'hosts-lost' | 'vanishes' | FailedPhase;

export interface FailedPhase {
  readonly phase: Phase;
  readonly reason: FailureReason;
  readonly exitCode: number;
}

type JobOutcome = Pick<JobObservation, 'exitCode' | 'reason' | 'infrastructureFailure' | 'retriesSpent'>;

export const quickSuccess: JobScript = {
  queueMilliseconds: 3_000,
  runMilliseconds: 60_000,
  end: 'succeeds',
  ignoresTerminateMilliseconds: 500,
};

const nonce = '0123456789abcdef'.repeat(2);

/** A job of the fake backend: what is known about it, and its log. */
export class FakeJob {
  readonly id: string;
  readonly request: JobRequest;
  readonly script: JobScript;
  readonly createdAt: number;
  state: JobObservation['state'] = 'queued';
  jobKey: string | undefined;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  exitCode: number | undefined;
  reason: string | undefined;
  infrastructureFailure = false;
  retriesSpent = false;
  vanished = false;
  released = false;
  terminateRequested = false;
  /** How often the backend itself started it. */
  runs = 0;
  queuedSince: number;
  readonly lines: string[] = [];
  #changed: () => void = () => undefined;
  #change = new Promise<void>((resolve) => (this.#changed = resolve));

  constructor(id: string, request: JobRequest, script: JobScript, createdAt: number) {
    this.id = id;
    this.request = request;
    this.script = script;
    this.createdAt = createdAt;
    this.queuedSince = createdAt;
  }

  get ended(): boolean {
    return this.state === 'succeeded' || this.state === 'failed';
  }

  /** Resolves at the next change of the job or its log. */
  get change(): Promise<void> {
    return this.#change;
  }

  changed(): void {
    this.#changed();
    this.#change = new Promise((resolve) => (this.#changed = resolve));
  }

  start(now: number): void {
    this.runs += 1;
    this.state = 'running';
    this.startedAt = now;
    this.jobKey = `${this.id}-${String(this.runs)}`;
    this.mark(now, `hello 2 ${String(Math.floor(now / 1000))} ${this.jobKey}`);
    this.mark(now, 'begin build task');
    this.lines.push(`building for ${this.request.platform}\n`);
    this.changed();
  }

  requeue(now: number): void {
    this.state = 'queued';
    this.queuedSince = now;
  }

  mark(now: number, words: string): void {
    this.lines.push(`##twinhull ${nonce} ${(now / 1000).toFixed(2)} ${words}\n`);
  }

  finish(now: number, outcome: JobOutcome): void {
    this.state = outcome.exitCode === 0 ? 'succeeded' : 'failed';
    this.finishedAt = now;
    this.exitCode = outcome.exitCode;
    this.reason = outcome.reason;
    this.infrastructureFailure = outcome.infrastructureFailure ?? false;
    this.retriesSpent = outcome.retriesSpent ?? false;
    this.changed();
  }

  observe(): JobObservation {
    const { id, createdAt, state, jobKey, startedAt, finishedAt, exitCode, reason } = this;
    const { infrastructureFailure, retriesSpent, queuedSince } = this;
    return {
      id,
      name: this.request.name,
      createdAt,
      state,
      jobKey,
      ...(state === 'queued' && { queuedSince }),
      ...(startedAt !== undefined && { startedAt }),
      ...(finishedAt !== undefined && { finishedAt }),
      ...(exitCode !== undefined && { exitCode }),
      ...(reason !== undefined && { reason }),
      ...(infrastructureFailure && { infrastructureFailure }),
      ...(retriesSpent && { retriesSpent }),
    };
  }
}
