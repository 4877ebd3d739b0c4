import * as z from 'zod';
import { cacheOutcomes } from '../domain/cache-use.ts';
import { type ErrorCode, errorCatalogue } from '../domain/errors/catalogue.ts';
import { type FailureReason, failureReasons, phases } from '../domain/phase.ts';
import { platforms } from '../domain/platform.ts';

const platform = z.enum(platforms);
/** A time of the API and of `--json`. */
export const time = z.string().describe('ISO 8601 in UTC');
/** A duration; null while it is not known. */
export const seconds = z.number().nullable();

/** A code of docs/errors.md. */
export const errorCode = z.enum(Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]).meta({ id: 'ErrorCode' });
const failureReason = z.enum(Object.keys(failureReasons) as [FailureReason, ...FailureReason[]]);

/** The schema of `FailureJson`. */
export const failure = z
  .object({
    code: errorCode,
    message: z.string(),
    hint: z.string(),
    platform: platform.nullable(),
    queue: z.string().nullable(),
    phase: z.enum(['bootstrap', 'contract', ...phases]).nullable(),
    image: z.string().nullable(),
    reason: failureReason.nullable(),
    exitCode: z.number().nullable(),
    backendReason: z.string().nullable(),
    logTail: z.array(z.string()).readonly(),
    appeared: z
      .array(z.string())
      .readonly()
      .nullable()
      .describe(
        'tags that another client pushed to the destination during the build; null if the registry was not compared',
      ),
    infrastructure: z.boolean(),
  })
  .meta({ id: 'Failure' });

/** The schema of `JobSummaryJson`. */
export const jobSummary = z
  .object({
    platform,
    state: z.enum(['pending', 'active', 'built', 'succeeded', 'failed', 'stopped']),
    attempt: z.number().nullable().describe('number of its last attempt, of which the times are'),
    queuedAt: time.nullable().describe('when it began to wait for a place to run'),
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    waitingSeconds: seconds.describe('null while it waits'),
    runningSeconds: seconds.describe('null until it has ended'),
    waitingFor: z.string().nullable().describe('the backend’s reason; null unless it waits'),
  })
  .meta({ id: 'JobSummary' });

const phase = z.object({
  phase: z.enum(phases),
  image: z.string().nullable(),
  startSeconds: z.number(),
  seconds,
  exitCode: z.number().nullable(),
  cache: z
    .object({ outcome: z.enum(cacheOutcomes), cached: z.number(), steps: z.number() })
    .nullable()
    .describe('of a build with a layer cache: how many of its steps did not run; null if unknown'),
});

const attempt = z.object({
  number: z.number(),
  state: z.enum(['intended', 'queued', 'running', 'ended']),
  queuedAt: time.nullable().describe('when it began to wait for a place to run'),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  seconds,
  waitingSeconds: seconds.describe('null while it waits'),
  waitingFor: z.string().nullable().describe('the backend’s last reason why it waits or waited'),
  exitCode: z.number().nullable(),
  phases: z.array(phase).readonly(),
  failure: failure.nullable(),
  stopping: z
    .enum(['cancelled', 'sibling-failed', 'wait-timeout', 'run-timeout'])
    .nullable()
    .describe('why it is being, or was, stopped'),
});

/** The schema of `JobJson`. */
export const job = z
  .object({
    ...jobSummary.shape,
    attempts: z.array(attempt).readonly(),
    failure: failure.nullable(),
  })
  .meta({ id: 'Job' });

/** Why a build or an attempt failed; `code` is one of docs/errors.md. */
export type FailureJson = z.infer<typeof failure>;
/** A job and the times of its last attempt. */
export type JobSummaryJson = z.infer<typeof jobSummary>;
/** A stretch of a job's log, such as the clone or the build of one image; `seconds` is null while it runs. */
export type PhaseJson = z.infer<typeof phase>;
/** One run of a job at the backend. */
export type AttemptJson = z.infer<typeof attempt>;
/** The build's job for one platform, with all attempts, the oldest first. */
export type JobJson = z.infer<typeof job>;
