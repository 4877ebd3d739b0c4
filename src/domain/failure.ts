import type { CacheUse } from './cache-use.ts';
import type { ErrorCode } from './errors/catalogue.ts';
import type { BuilderStage, FailureReason, Phase } from './phase.ts';
import type { Platform } from './platform.ts';

/** Why a job or a build failed, complete enough to act on. Stored and shown; contains no secret. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly platform?: Platform;
  /** Name of the queue that the job was in, if its backend has queues. */
  readonly queue?: string;
  readonly phase?: BuilderStage;
  /** The image whose step failed. */
  readonly image?: string;
  /** The reason that the builder reported. */
  readonly reason?: FailureReason;
  /** Exit code of the failed command if the builder reported it, otherwise of the job. */
  readonly exitCode?: number;
  /** The backend's own message. */
  readonly backendReason?: string;
  /** The last lines of the log before the failure, oldest first. */
  readonly logTail?: readonly string[];
  /**
   * For a build: tags that appeared or moved at its destination while its jobs ran, and that no known build put.
   * Undefined if the registry was not compared.
   */
  readonly appeared?: readonly string[];
  /** Whether the build was not at fault, so that a new attempt may succeed. */
  readonly infrastructure: boolean;
  /** True when the backend has used up its own retries, so that the orchestrator starts no further attempt. */
  readonly retriesSpent?: boolean;
}

/** A stretch of a job between its phase marks. */
export interface PhaseSpan {
  readonly phase: Phase;
  readonly image?: string;
  /** Seconds since the job's first mark, two decimals. */
  readonly startSeconds: number;
  /** Undefined when the phase never ended. */
  readonly seconds?: number;
  readonly exitCode?: number;
  /** For the build of an image that uses a layer cache; undefined for builders that do not report it. */
  readonly cache?: CacheUse | undefined;
}
