import * as z from 'zod';
import { errorCode } from '../../build-json/job-shapes.ts';
import { buildStates } from '../../domain/build.ts';
import { platforms } from '../../domain/platform.ts';

const time = z.string().describe('ISO 8601 in UTC');

export const healthSchema = z
  .object({
    version: z.string(),
    node: z.string().describe('version of Node.js'),
    at: time,
    backend: z
      .array(
        z.object({
          platform: z.enum(platforms),
          ready: z.boolean().describe('whether jobs of this platform can be started'),
          problem: z.object({ code: errorCode, message: z.string(), hint: z.string() }).nullable(),
        }),
      )
      .describe('checked at most every 15 seconds'),
    builds: z.array(z.object({ state: z.enum(buildStates), count: z.number() })),
    lastEvent: z.number().describe('number of the latest event in the store; 0 before the first'),
    driver: z
      .object({ host: z.string(), leaseExpiresAt: time })
      .nullable()
      .describe('the process that drives the builds; null while none does'),
  })
  .meta({ id: 'Health' });
