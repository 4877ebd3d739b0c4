import type { ErrorCode } from '../errors/catalogue.ts';
import type { FailureReason, Phase } from './phase.ts';
import type { Platform } from './platform.ts';

/** Why a job or a build failed, complete enough to act on without looking elsewhere. Stored and shown; holds no secret. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly platform?: Platform;
  /** Name of the queue that the job stood in, where its backend has queues. */
  readonly queue?: string;
  readonly phase?: Phase | 'contract';
  /** The image whose step failed. */
  readonly image?: string;
  /** What the builder says was the reason. */
  readonly reason?: FailureReason;
  /** Exit code of the failed command where the builder told it, else of the job. */
  readonly exitCode?: number;
  /** The backend's own words. */
  readonly backendReason?: string;
  /** The last lines of the log before the failure, oldest first. */
  readonly logTail?: readonly string[];
  /** Whether it was not the build's own fault, so that a new attempt may succeed. */
  readonly infrastructure: boolean;
  /** True when the backend has tried as often as it may by itself, so that the orchestrator leaves it at that. */
  readonly retriesSpent?: boolean;
}

/** A stretch of a job, as its phase marks tell. */
export interface PhaseSpan {
  readonly phase: Phase;
  readonly image?: string;
  /** Seconds since the job's first mark, two decimals. */
  readonly startSeconds: number;
  /** Undefined when the phase never ended. */
  readonly seconds?: number;
  readonly exitCode?: number;
}
