import { requireBuild } from '../../pipeline/change-build.ts';
import { estimateStoredBuild } from '../../pipeline/estimate-build.ts';
import { problems } from '../schemas/answers.ts';
import { buildEstimateSchema } from '../schemas/plan-schema.ts';
import { buildParams } from '../schemas/request-schemas.ts';
import type { Routes } from './route.ts';

/** How long a submitted build will take. */
export const estimateRoutes: Routes = (app, { store, options }) => {
  app.get(
    '/builds/:id/estimate',
    {
      config: { access: 'read' },
      schema: {
        summary: 'How long a build will take, by earlier ones, and how many are ahead of it',
        tags: ['builds'],
        params: buildParams,
        response: { 200: buildEstimateSchema, ...problems },
      },
    },
    async ({ params: { id } }, reply) => {
      const build = await requireBuild(store, id);
      return reply.send(await estimateStoredBuild(build, store, options.hostPrices));
    },
  );
};
