import fc from 'fast-check';
import { it } from 'vitest';
import { arbitraryScenario, liveThrough } from '../../test/helpers/scenario.ts';

/** More by `npm run soak`; fast-check prints the seed of a failure. */
const runs = Number(process.env['TWINHULL_SOAK_RUNS'] ?? '150');

it('comes to rest in order after any history of crashes, lost answers, outages, cancels and retries', async () => {
  await fc.assert(fc.asyncProperty(arbitraryScenario, liveThrough), { numRuns: runs });
});
