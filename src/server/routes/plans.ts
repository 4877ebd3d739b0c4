import { planToJson } from '../../build-json/json.ts';
import { estimateBuild } from '../../pipeline/estimate-build.ts';
import { planWarnings } from '../../recipes/plan-warnings.ts';
import { planRequested } from '../requests/plan-request.ts';
import { problems } from '../schemas/answers.ts';
import { planSchema } from '../schemas/plan-schema.ts';
import { planBody } from '../schemas/request-schemas.ts';
import type { Routes } from './route.ts';

export const planRoutes: Routes = (app, parts) => {
  app.post(
    '/plans',
    {
      config: { access: 'build' },
      schema: {
        summary: 'Compute the jobs, steps and tags of a build without running it',
        tags: ['plans'],
        body: planBody,
        response: { 200: planSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { plan } = await planRequested(request.body, parts);
      return reply.send(
        planToJson(plan, planWarnings(plan), await estimateBuild(plan, parts.store, parts.options.hostPrices)),
      );
    },
  );
};
