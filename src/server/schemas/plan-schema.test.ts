import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyRecipe } from '../../../test/helpers/arbitrary-recipe.ts';
import { planToJson } from '../../build-json/json.ts';
import { estimateFrom } from '../../domain/build-estimate.ts';
import { planBuild } from '../../domain/planner.ts';
import { planSchema } from './plan-schema.ts';

it('covers every field of any plan', () => {
  fc.assert(
    fc.property(anyRecipe, (recipe) => {
      const plan = planBuild({
        recipe,
        repository: 'https://git.example/acme/model.git',
        commit: '3f2c1a9b7d5e4f60718293a4b5c6d7e8f9012345',
        branch: 'main',
        destination: { repository: 'registry.example/acme/model', kind: 'oci', region: 'us-gov-west-1' },
      });
      const platforms = plan.jobs.map(({ platform }) => platform);
      const runs = platforms.map((platform) => ({
        ...{ buildId: 'a', platform, intendedAt: 0, startedAt: 2000, finishedAt: 5000 },
        phases: [{ phase: 'clone', seconds: 1 } as const, { phase: 'build', image: 'app', seconds: 2 } as const],
      }));
      const estimate = { ...estimateFrom(runs, platforms), live: 2, ahead: 1 };
      for (const each of [estimate, undefined]) {
        const sent: unknown = JSON.parse(JSON.stringify(planToJson(plan, ['a warning'], each)));
        expect(planSchema.parse(sent)).toEqual(sent);
      }
    }),
  );
});
