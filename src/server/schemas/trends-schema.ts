import * as z from 'zod';
import { measuredStages } from '../../domain/job-measures.ts';
import { platforms } from '../../domain/platform.ts';

const seconds = z.number().nullable();
const date = z.string().describe('YYYY-MM-DD, in UTC');

const trend = z
  .object({
    day: date.describe('when the attempts ended: YYYY-MM-DD, in UTC'),
    platform: z.enum(platforms),
    stage: z
      .enum(measuredStages)
      .describe('`waiting` for a place to run, `running` in all, or a phase of the run, of all images together'),
    succeeded: z.number(),
    failed: z.number(),
    stopped: z.number().describe('by a cancel, a timeout or because the other half failed'),
    p50Seconds: seconds.describe('median of those that succeeded, at most 5% off; null without any'),
    p95Seconds: seconds.describe('95th percentile of those that succeeded, at most 5% off; null without any'),
    cachedSteps: z
      .number()
      .nullable()
      .describe('of the stage `build`: how many steps of images the layer cache provided; otherwise null'),
    steps: z.number().nullable().describe('how many steps there were in all'),
  })
  .meta({ id: 'Trend' });

export const trendsSchema = z
  .object({
    from: date,
    to: date,
    recipes: z.array(z.string()).describe('the recipes of these days, whichever was asked for'),
    trends: z.array(trend).describe('days, platforms and stages without attempts are left out'),
  })
  .meta({ id: 'Trends' });
