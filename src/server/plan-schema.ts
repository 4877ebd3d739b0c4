import * as z from 'zod';
import type { Plan } from '../domain/plan.ts';
import { platforms } from '../domain/platform.ts';

const platform = z.enum(platforms);
const texts = z.record(z.string(), z.string());

const script = z.object({
  kind: z.literal('script'),
  path: z.string(),
  arguments: z.array(z.string()).readonly(),
  environment: texts,
});

const dockerfile = z.object({
  kind: z.literal('dockerfile'),
  dockerfile: z.union([z.object({ path: z.string() }), z.object({ inline: z.string() })]),
  context: z.string(),
  target: z.string().optional(),
  arguments: texts,
  secrets: z.array(z.string()).readonly(),
  cache: z.boolean(),
});

const step = z.object({
  image: z.string(),
  from: z
    .object({ image: z.string(), argument: z.string() })
    .optional()
    .describe('the image of an earlier step that this one stands on, by digest'),
  build: z.union([script, dockerfile]),
  verify: z.array(z.array(z.string()).readonly()).readonly(),
});

/** A plan as the API answers it: what `twinhull plan --json` prints. */
export const planSchema = z
  .object({
    version: z.literal(1),
    recipe: z.object({
      name: z.string(),
      preset: z.object({ name: z.string(), version: z.number() }).optional(),
    }),
    source: z.object({
      repository: z.string(),
      commit: z.string(),
      branch: z.string().optional(),
      submodules: z.boolean(),
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
  })
  .meta({ id: 'Plan' }) satisfies z.ZodType<Plan>;
