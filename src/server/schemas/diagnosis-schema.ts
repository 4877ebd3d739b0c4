import * as z from 'zod';

/** What `twinhull doctor --json` prints, too. */
export const diagnosisSchema = z
  .object({
    status: z.enum(['ok', 'warning', 'problem']).describe('the worst of all checks'),
    checks: z
      .array(
        z.object({
          name: z.string(),
          status: z.enum(['ok', 'warning', 'problem']),
          detail: z.string().describe('what was found'),
          advice: z.string().nullable().describe('what to do; null where there is nothing to do'),
          code: z.string().nullable().describe('the code of the error, where there is one'),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'Diagnosis' });
