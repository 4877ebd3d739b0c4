import * as z from 'zod';
import type { PlanJson } from '../../build-json/json.ts';
import { phases } from '../../domain/phase.ts';
import { platforms } from '../../domain/platform.ts';
import type { StoredBuildEstimate } from '../../pipeline/estimate-build.ts';

const platform = z.enum(platforms);
const texts = z.record(z.string(), z.string());

const script = z.object({
  kind: z.literal('script'),
  path: z.string(),
  arguments: z.array(z.string()).readonly(),
  environment: texts,
  secrets: z.array(z.string()).readonly().optional(),
  cache: z.boolean().optional().describe('false if its builds use no layer cache'),
});

const dockerfile = z.object({
  kind: z.literal('dockerfile'),
  dockerfile: z.union([z.object({ path: z.string() }), z.object({ inline: z.string() })]),
  context: z.string(),
  target: z.string().optional(),
  arguments: texts,
  once: texts
    .optional()
    .describe('stages that do not depend on the commit, by the build argument that passes each image'),
  secrets: z.array(z.string()).readonly(),
  cache: z.boolean(),
});

const step = z.object({
  image: z.string(),
  from: z
    .object({ image: z.string(), argument: z.string() })
    .optional()
    .describe('the image of an earlier step that this one is based on, by digest'),
  architecture: z
    .literal('independent')
    .optional()
    .describe('set if its programs need not be of the platform that it is built for'),
  build: z.union([script, dockerfile]),
  verify: z.array(z.array(z.string()).readonly()).readonly(),
});

const range = { median: z.number(), p90: z.number().describe('nine of ten did not exceed it') };
const seconds = z.object(range).nullable();

const ofHistory = 'from the newest published builds of the same recipe and repository';

const estimated = {
  builds: z.number().describe('published builds it is computed from, at most the newest 50; 0: nothing is known'),
  buildSeconds: seconds.describe('from the submit until all jobs have ended'),
  cost: z
    .number()
    .nullable()
    .describe('of the hosts while its jobs run; null without prices (TWINHULL_PRICE_PER_HOUR)'),
  jobs: z
    .array(
      z.object({
        platform,
        runs: z.number().describe('jobs it is computed from'),
        waitingSeconds: seconds.describe('from the submit until the job started'),
        runSeconds: seconds,
        phases: z.array(z.object({ phase: z.enum(phases), image: z.string().nullable(), ...range })).readonly(),
      }),
    )
    .readonly(),
};

const estimate = z
  .object({
    live: z.number().describe('builds of the store that have not ended'),
    ahead: z.number().describe('builds that publish one of its tags, or wait to: it is refused meanwhile, or waits'),
    ...estimated,
  })
  .describe(ofHistory);

/** How long a build will take. */
export const buildEstimateSchema = z
  .object({ ahead: z.number().describe('how many builds have to end before a waiting build starts'), ...estimated })
  .describe(ofHistory)
  .meta({ id: 'BuildEstimate' }) satisfies z.ZodType<StoredBuildEstimate>;

/** A plan as the API returns it and `twinhull plan --json` prints it. */
export const planSchema = z
  .object({
    version: z.literal(1),
    recipe: z.object({
      name: z.string(),
      preset: z.object({ name: z.string(), version: z.number() }).optional(),
      origin: z.literal('operator').optional().describe('set if the recipe comes from the operator'),
    }),
    source: z.object({
      repository: z.string(),
      commit: z.string(),
      branch: z.string().optional(),
      ref: z.string().optional().describe('full name of the tag or other reference that was named'),
      submodules: z
        .boolean()
        .optional()
        .describe('absent: a job that would use an empty one fails; false: it is accepted'),
      lfs: z
        .boolean()
        .optional()
        .describe('absent: a job that would use a Git LFS pointer file fails; false: it is accepted'),
      depth: z
        .union([z.number(), z.literal('full')])
        .optional()
        .describe('commits of the history; absent: 1'),
      tags: z.boolean().optional().describe('whether tags are fetched'),
    }),
    destination: z.object({ repository: z.string(), kind: z.enum(['ecr', 'oci']), region: z.string() }),
    jobs: z.array(z.object({ platform, steps: z.array(step).readonly() })).readonly(),
    tags: z
      .array(
        z.object({
          tag: z.string(),
          image: z.string(),
          platforms: z.array(platform).readonly(),
          kind: z.enum(['index', 'image']),
          moving: z.boolean().describe('whether a later build is meant to move it'),
        }),
      )
      .readonly()
      .describe('in the order in which they are put'),
    timeouts: z.object({ waitSeconds: z.number(), runSeconds: z.number() }),
    warnings: z
      .array(z.string())
      .readonly()
      .describe('likely mistakes in inline Dockerfiles; files of the repository are not read'),
    estimate: estimate.nullable().describe('how long it will take; null where the store could not be read'),
  })
  .meta({ id: 'Plan' }) satisfies z.ZodType<PlanJson>;
