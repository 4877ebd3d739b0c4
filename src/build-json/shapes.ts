import * as z from 'zod';
import { buildStates } from '../domain/build.ts';
import { platforms } from '../domain/platform.ts';
import { whenBusyPolicies } from '../domain/queue-policy.ts';
import { failure, job, jobSummary, seconds, time } from './job-shapes.ts';

/*
 * The shapes that `--json` prints and the API returns. Scripts rely on them: fields may be added, but none may change or
 * be removed. Every field is always present, null without a value. Times are ISO 8601 in UTC, sizes bytes, durations
 * seconds.
 */

const platform = z.enum(platforms);

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
  .meta({ id: 'Image' });

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
  .meta({ id: 'Tag' });

/** The schema of `ImagesJson`. */
export const buildImages = z.object({
  id: z.string(),
  commit: z.string(),
  destination: z.string().describe('host[:port]/path'),
  images: z.array(image).readonly(),
  tags: z.array(tag).readonly(),
});

/** The schema of `BuildSummaryJson`. */
export const summarySchema = z
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
  .meta({ id: 'BuildSummary' });

/** The schema of `BuildJson`. */
export const buildSchema = z
  .object({
    ...summarySchema.shape,
    jobs: z.array(job).readonly(),
    images: z.array(image).readonly(),
    tags: z.array(tag).readonly(),
    failure: failure.nullable(),
    updatedAt: time,
    cancelRequestedAt: time.nullable(),
  })
  .meta({ id: 'Build' });

/** An image of one platform, as it was read back from the registry. */
export type ImageJson = z.infer<typeof image>;
/** A tag that the build publishes, and its outcome. */
export type TagJson = z.infer<typeof tag>;
/** The published references of one build, by tag and by digest. */
export type ImagesJson = z.infer<typeof buildImages>;
/** A build in a list, without logs and digests. */
export type BuildSummaryJson = z.infer<typeof summarySchema>;
/** A build with its jobs, images, tags and failure. */
export type BuildJson = z.infer<typeof buildSchema>;
