import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arbitraryBuild } from '../../helpers/arbitrary-builds.ts';
import { samplePlan } from '../../helpers/sample-builds.ts';
import { created, freshStore, type OpenStore } from './open-store.ts';

export function roundTripCases(open: OpenStore): void {
  it('returns any build unchanged', async () => {
    const { store } = await freshStore(open);
    await fc.assert(
      fc.asyncProperty(arbitraryBuild, async (build) => {
        const plan = samplePlan({ commit: build.commit });
        await store.create(build, plan, [created(build)]);
        expect(await store.load(build.id)).toEqual(build);
      }),
      { numRuns: 100 },
    );
  });
}
