import * as z from 'zod';
import { phases } from '../../domain/phase.ts';
import { platforms } from '../../domain/platform.ts';

const line = z.object({
  number: z.number().describe('from 1'),
  text: z.string().describe('as it was printed, without its newline'),
});

function compared(unit: string) {
  return {
    value: z.number().nullable().describe(unit),
    baseline: z.number().nullable().describe('of the baseline'),
    difference: z.number().nullable().describe('`value` less `baseline`; null where one is missing'),
  };
}

const seconds = compared('in seconds; null where it is not known');

const jobComparison = z
  .object({
    platform: z.enum(platforms),
    attempt: z.number().nullable().describe('number of the attempt that is compared: the last one'),
    baselineAttempt: z.number().nullable(),
    waiting: z.object(seconds),
    running: z.object(seconds),
    phases: z
      .array(
        z.object({
          phase: z.enum(phases),
          image: z.string().nullable(),
          exitCode: z.number().nullable().describe('in the build itself'),
          ...seconds,
        }),
      )
      .readonly(),
    images: z
      .array(
        z.object({
          image: z.string(),
          ...compared('compressed size in bytes; null for an image that was not read back'),
          bases: z
            .array(
              z.object({
                reference: z.string(),
                digest: z.string().nullable(),
                baselineDigest: z.string().nullable(),
              }),
            )
            .readonly()
            .describe('base images, where the builder reported them'),
        }),
      )
      .readonly(),
    hasLogs: z
      .boolean()
      .describe('whether both attempts have a log; logs are removed after some time, and not compared then'),
    difference: z
      .object({
        ...line.shape,
        instead: line
          .nullable()
          .describe(
            'the line of the baseline after the last line that both logs have; null where none of its first 100,000 lines follows',
          ),
      })
      .nullable()
      .describe(
        'the first line of the log that is not in the log of the baseline, apart from times, durations, hashes, ids and progress; of both, the first 100,000 lines are compared; null where there is none, or without `hasLogs`',
      ),
  })
  .meta({ id: 'JobComparison' });

export const comparisonSchema = z
  .object({
    buildId: z.string(),
    baseline: z
      .object({
        id: z.string(),
        commit: z.string(),
        branch: z.string().nullable(),
        subject: z.string().nullable(),
        createdAt: z.string(),
      })
      .nullable()
      .describe(
        'the last build before this one that was published, of the same recipe, repository and branch, or of any branch where this one has none; null where there is none',
      ),
    jobs: z.array(jobComparison).readonly().describe('empty without a baseline'),
  })
  .meta({ id: 'Comparison' });
