import type { Readable } from 'node:stream';
import * as z from 'zod';
import type {
  BuildJson,
  BuildSummaryJson,
  FailureJson,
  ImageJson,
  ImagesJson,
  JobJson,
  JobSummaryJson,
  TagJson,
} from '../../build-json/shapes.ts';
import { buildStates } from '../../domain/build.ts';
import { cacheOutcomes } from '../../domain/cache-use.ts';
import { type ErrorCode, errorCatalogue } from '../../domain/errors/catalogue.ts';
import { type FailureReason, failureReasons, phases } from '../../domain/phase.ts';
import { platforms } from '../../domain/platform.ts';
import { whenBusyPolicies } from '../../domain/queue-policy.ts';
import type { Promotion } from '../../pipeline/promote.ts';

/** The schemas of responses, for the OpenAPI document. `--json` prints what the API returns. */

const platform = z.enum(platforms);
export const time = z.string().describe('ISO 8601 in UTC');
const seconds = z.number().nullable();

export const errorCode = z.enum(Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]).meta({ id: 'ErrorCode' });
const failureReason = z.enum(Object.keys(failureReasons) as [FailureReason, ...FailureReason[]]);

const failure = z
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
  .meta({ id: 'Failure' }) satisfies z.ZodType<FailureJson>;

const jobSummary = z
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
  .meta({ id: 'JobSummary' }) satisfies z.ZodType<JobSummaryJson>;

const job = z
  .object({
    ...jobSummary.shape,
    attempts: z
      .array(
        z.object({
          number: z.number(),
          state: z.enum(['intended', 'queued', 'running', 'ended']),
          queuedAt: time.nullable().describe('when it began to wait for a place to run'),
          startedAt: time.nullable(),
          finishedAt: time.nullable(),
          seconds,
          waitingSeconds: seconds.describe('null while it waits'),
          waitingFor: z.string().nullable().describe('the backend’s last reason why it waits or waited'),
          exitCode: z.number().nullable(),
          phases: z
            .array(
              z.object({
                phase: z.enum(phases),
                image: z.string().nullable(),
                startSeconds: z.number(),
                seconds,
                exitCode: z.number().nullable(),
                cache: z
                  .object({ outcome: z.enum(cacheOutcomes), cached: z.number(), steps: z.number() })
                  .nullable()
                  .describe('of a build with a layer cache: how many of its steps did not run; null if unknown'),
              }),
            )
            .readonly(),
          failure: failure.nullable(),
          stopping: z
            .enum(['cancelled', 'sibling-failed', 'wait-timeout', 'run-timeout'])
            .nullable()
            .describe('why it is being, or was, stopped'),
        }),
      )
      .readonly(),
    failure: failure.nullable(),
  })
  .meta({ id: 'Job' }) satisfies z.ZodType<JobJson>;

const image = z
  .object({
    image: z.string(),
    platform,
    digest: z.string(),
    reference: z.string().describe('reference to pull: host[:port]/path@digest'),
    mediaType: z.string(),
    size: z.number().describe('bytes, compressed'),
    bases: z
      .array(
        z.object({ reference: z.string(), digest: z.string().nullable().describe('null if only the engine has it') }),
      )
      .readonly()
      .nullable()
      .describe('the images that it was built from; null if unknown'),
  })
  .meta({ id: 'Image' }) satisfies z.ZodType<ImageJson>;

const tag = z
  .object({
    tag: z.string(),
    reference: z.string(),
    image: z.string(),
    kind: z.enum(['index', 'image']),
    platforms: z.array(platform).readonly(),
    digest: z.string(),
    previousDigest: z.string().nullable(),
    state: z.enum(['planned', 'put', 'kept', 'reverted']),
    moving: z.boolean().describe('whether a later build is meant to move it'),
  })
  .meta({ id: 'Tag' }) satisfies z.ZodType<TagJson>;

const images = z.object({
  id: z.string(),
  commit: z.string(),
  destination: z.string().describe('host[:port]/path'),
  images: z.array(image).readonly(),
  tags: z.array(tag).readonly(),
}) satisfies z.ZodType<ImagesJson>;

const summary = z
  .object({
    id: z.string(),
    state: z.enum(buildStates),
    recipe: z.string(),
    repository: z.string(),
    commit: z.string(),
    reference: z.string().describe('what the user named: a branch, tag or commit'),
    destination: z.string(),
    createdAt: time,
    finishedAt: time.nullable(),
    seconds,
    queue: z
      .object({
        behind: z.string().describe('id of the last build ahead'),
        whenBusy: z.enum(whenBusyPolicies),
      })
      .nullable()
      .describe('of a waiting build only'),
    supersededBy: z.string().nullable().describe('id of the newer build that replaced it'),
    branch: z.string().nullable().describe('the branch that contains the commit, where one is known'),
    submittedBy: z.string().nullable().describe('name of the API token or push; null for the command line'),
    subject: z.string().nullable().describe('first line of the commit’s message, once a job reported it'),
    author: z.string().nullable().describe('name of the commit’s author, once a job reported it'),
    jobs: z.array(jobSummary).readonly(),
  })
  .meta({ id: 'BuildSummary' }) satisfies z.ZodType<BuildSummaryJson>;

export const buildSchema = z
  .object({
    ...summary.shape,
    jobs: z.array(job).readonly(),
    images: z.array(image).readonly(),
    tags: z.array(tag).readonly(),
    failure: failure.nullable(),
    updatedAt: time,
    cancelRequestedAt: time.nullable(),
  })
  .meta({ id: 'Build' }) satisfies z.ZodType<BuildJson>;

export const submittedSchema = z
  .object({
    outcome: z
      .enum(['created', 'joined', 'exists'])
      .describe(
        'joined: the same build is in progress; exists: it is published, and all its images are in the registry',
      ),
    build: buildSchema,
  })
  .meta({ id: 'Submitted' });

export const buildListSchema = z
  .object({
    builds: z.array(summary),
    next: z.string().nullable().describe('`before` of the next page; null at the end'),
  })
  .meta({ id: 'BuildList' });

export const imagesSchema = z
  .object({ builds: z.array(images).describe('published builds, newest first') })
  .meta({ id: 'Images' });

export const eventSchema = z
  .object({
    sequence: z.number().describe('orders all events of the service'),
    buildId: z.string(),
    at: time,
    event: z.looseObject({ type: z.string() }).describe('see docs/events.md'),
  })
  .meta({ id: 'Event' });

export const eventListSchema = z
  .object({ events: z.array(eventSchema), next: z.number().describe('`after` of the next page') })
  .meta({ id: 'EventList' });

export const logLinesSchema = z
  .object({
    attempt: z.number(),
    lines: z
      .array(
        z.object({
          number: z.number().describe('from 1'),
          text: z.string().describe('as it was printed, escape sequences included, without its newline'),
          time: z.iso
            .datetime()
            .nullable()
            .describe('when it was printed, by the clock of the backend; null where that was not stored'),
        }),
      )
      .readonly(),
    next: z.number().describe('`from` of the next page'),
    more: z.boolean().describe('whether the next page has lines now'),
    complete: z.boolean().describe('whether the attempt has ended: its log does not grow any more'),
  })
  .meta({ id: 'LogLines' });

export const logMatchesSchema = z
  .object({
    attempt: z.number(),
    numbers: z.array(z.number()).readonly().describe('of lines, from 1, ascending'),
    next: z.number().describe('`from` of the next page'),
    more: z.boolean().describe('whether there are lines that have not been searched'),
    complete: z.boolean().describe('whether the attempt has ended: its log does not grow any more'),
  })
  .meta({ id: 'LogMatches' });

export const promotionSchema = z
  .object({
    buildId: z.string().describe('the build that published it'),
    reference: z.string().describe('host[:port]/path:tag'),
    digest: z.string(),
    oldDigest: z.string().optional().describe('the previous digest of the tag'),
  })
  .meta({ id: 'Promotion' }) satisfies z.ZodType<Promotion>;

export const recipesSchema = z
  .object({
    recipes: z.array(
      z.object({
        name: z.string(),
        version: z.number(),
        description: z.string(),
        options: z.looseObject({}).describe('JSON Schema of `with`'),
      }),
    ),
  })
  .meta({ id: 'Recipes' });

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    code: errorCode,
    hint: z.string(),
    retryable: z.boolean(),
    errorId: z.string().optional(),
  })
  .meta({ id: 'Problem' });

/** A text that is streamed. */
export const textSchema = z.string() as unknown as z.ZodType<string | Readable>;

/** Errors that any route may return. */
export const problems = { default: problemSchema } as const;
