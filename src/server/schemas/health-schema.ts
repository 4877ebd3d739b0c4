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
    passes: z
      .object({
        lastAt: time.nullable().describe('when it last polled jobs; null before the first time'),
        lagSeconds: z.number().describe('the longest time that a change of a job can have gone unnoticed'),
        openBuilds: z.number(),
        jobEvents: z
          .boolean()
          .describe('whether it receives the backend’s job events; without them it polls at intervals'),
      })
      .nullable()
      .describe('of this replica while it drives the builds; null on the others'),
    store: z.object({
      name: z.string().nullable().describe('SQLite or PostgreSQL'),
      seconds: z.number().describe('how long a small query took'),
    }),
  })
  .meta({ id: 'Health' });
