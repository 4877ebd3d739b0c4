import fc from 'fast-check';
import { it } from 'vitest';
import { arbitraryScenario, liveThrough } from '../../../test/helpers/scenario.ts';
import { patientTimeout, soakRuns } from '../../../test/helpers/soak.ts';

it(
  'reaches a consistent end after any history of crashes, lost answers, outages, cancels and retries',
  async () => {
    await fc.assert(fc.asyncProperty(arbitraryScenario, liveThrough), soakRuns(100));
  },
  patientTimeout,
);
