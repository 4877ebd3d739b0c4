import type { Readable } from 'node:stream';
import * as z from 'zod';
import { eventSchema } from '../../build-json/event-json.ts';
import { errorCode } from '../../build-json/job-shapes.ts';
import { buildImages, buildSchema, summarySchema } from '../../build-json/shapes.ts';
import type { Promotion } from '../../pipeline/promote.ts';

/** The schemas of responses, for the OpenAPI document. `--json` prints what the API returns. */

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
    builds: z.array(summarySchema),
    next: z.string().nullable().describe('`before` of the next page; null at the end'),
  })
  .meta({ id: 'BuildList' });

export const imagesSchema = z
  .object({ builds: z.array(buildImages).describe('published builds, newest first') })
  .meta({ id: 'Images' });

const manifest = z.string().nullable();

export const manifestsSchema = z
  .object({
    batch: manifest.describe('JSON: a job definition for AWS Batch, as `twinhull manifest batch` prints it'),
    kubernetes: manifest.describe('YAML: a Job of the head of a workflow, as `twinhull manifest k8s` prints it'),
    vecoli: manifest.describe('JSON: the section `aws` of vEcoli’s workflow'),
  })
  .describe('null for consumers that cannot use the image')
  .meta({ id: 'Manifests' });

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
          cut: z.number().optional().describe('how many characters more it has than `width`; absent if it has not'),
        }),
      )
      .readonly(),
    next: z.number().describe('`from` of the next page'),
    more: z.boolean().describe('whether the next page has lines now'),
    complete: z.boolean().describe('whether the attempt has ended: its log does not grow any more'),
  })
  .meta({ id: 'LogLines' });

export const logOutlineSchema = z
  .object({
    attempt: z.number(),
    lines: z.number().describe('how many it has so far'),
    offset: z.number().describe('`offset` of a stream that continues after these lines'),
    firstTime: z.iso.datetime().nullable().describe('when the first line was printed; null where that was not stored'),
    phases: z
      .array(
        z.object({
          phase: z.string(),
          image: z.string().nullable(),
          from: z
            .number()
            .describe('number of the first line that it printed, or the next phase where it printed none'),
          lines: z.number().describe('how many lines it printed so far'),
          seconds: z.number().nullable().describe('null while it runs, and where the job was stopped in it'),
          exitCode: z.number().nullable(),
        }),
      )
      .readonly()
      .describe('in the order of the log, those of runs that the backend restarted included; at most 1000'),
    complete: z.boolean().describe('whether the attempt has ended: its log does not grow any more'),
  })
  .meta({ id: 'LogOutline' });

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
