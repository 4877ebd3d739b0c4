import type { Readable } from 'node:stream';
import * as z from 'zod';
import { buildStates } from '../domain/build.ts';
import { type FailureReason, failureReasons, phases } from '../domain/phase.ts';
import { platforms } from '../domain/platform.ts';
import { type ErrorCode, errorCatalogue } from '../errors/catalogue.ts';
import type { Promotion } from '../pipeline/promote.ts';
import type {
  BuildJson,
  BuildSummaryJson,
  FailureJson,
  ImageJson,
  ImagesJson,
  JobJson,
  TagJson,
} from '../presentation/json.ts';

/** The shapes of answers, for the OpenAPI document. What a command prints with `--json` is what the API answers. */

const platform = z.enum(platforms);
const time = z.string().describe('ISO 8601 in UTC');
const seconds = z.number().nullable();

const errorCode = z.enum(Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]).meta({ id: 'ErrorCode' });
const failureReason = z.enum(Object.keys(failureReasons) as [FailureReason, ...FailureReason[]]);

const failure = z
  .object({
    code: errorCode,
    message: z.string(),
    hint: z.string(),
    platform: platform.nullable(),
    queue: z.string().nullable(),
    phase: z.enum(['contract', ...phases]).nullable(),
    image: z.string().nullable(),
    reason: failureReason.nullable(),
    exitCode: z.number().nullable(),
    backendReason: z.string().nullable(),
    logTail: z.array(z.string()).readonly(),
    infrastructure: z.boolean(),
  })
  .meta({ id: 'Failure' }) satisfies z.ZodType<FailureJson>;

const job = z
  .object({
    platform,
    state: z.enum(['pending', 'active', 'built', 'succeeded', 'failed', 'stopped']),
    attempts: z
      .array(
        z.object({
          number: z.number(),
          state: z.enum(['intended', 'queued', 'running', 'ended']),
          startedAt: time.nullable(),
          finishedAt: time.nullable(),
          seconds,
          exitCode: z.number().nullable(),
          phases: z
            .array(
              z.object({
                phase: z.enum(phases),
                image: z.string().nullable(),
                startSeconds: z.number(),
                seconds,
                exitCode: z.number().nullable(),
              }),
            )
            .readonly(),
          failure: failure.nullable(),
          stopping: z
            .enum(['cancelled', 'sibling-failed', 'wait-timeout', 'run-timeout'])
            .nullable()
            .describe('why it is, or was, to be stopped'),
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
    reference: z.string().describe('where it is pulled from: host[:port]/path@digest'),
    mediaType: z.string(),
    size: z.number().describe('bytes, compressed'),
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
      .describe('joined: the same build is under way; exists: it is published, and all of it is in the registry'),
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

export const promotionSchema = z
  .object({
    buildId: z.string().describe('the build that published it'),
    reference: z.string().describe('host[:port]/path:tag'),
    digest: z.string(),
    oldDigest: z.string().optional().describe('what the tag pointed to before'),
  })
  .meta({ id: 'Promotion' }) satisfies z.ZodType<Promotion>;

export const recipesSchema = z
  .object({
    recipes: z.array(
      z.object({
        name: z.string(),
        version: z.number(),
        description: z.string(),
        options: z.looseObject({}).describe('JSON Schema of what may stand under `with`'),
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

/** A text that leaves piece by piece. */
export const textSchema = z.string() as unknown as z.ZodType<string | Readable>;

/** What any route may answer besides its own. */
export const problems = { default: problemSchema } as const;
