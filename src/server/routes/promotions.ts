import { promote } from '../../pipeline/promote.ts';
import { allowedDestination } from '../allowance.ts';
import { callerOf } from '../auth/guard.ts';
import { problems, promotionSchema } from '../schemas/answers.ts';
import { promotionBody } from '../schemas/request-schemas.ts';
import type { Routes } from './route.ts';

export const promotionRoutes: Routes = (app, { store, clock, registryFor, options: { allowance } }) => {
  app.post(
    '/promotions',
    {
      config: { access: 'build' },
      schema: {
        summary: 'Point a tag at the images of a published commit, without building',
        tags: ['images'],
        body: promotionBody,
        response: { 200: promotionSchema, ...problems },
      },
    },
    async (request, reply) => {
      const by = callerOf(request).name;
      // The latest build of the commit may come from the command line, with a registry that callers may not use.
      const allowedRegistry: typeof registryFor = (repository) =>
        registryFor(allowedDestination(repository, allowance));
      const promotion = await promote({ ...request.body, by }, { store, clock, registryFor: allowedRegistry });
      request.log.info({ buildId: promotion.buildId, tag: request.body.tag, by }, 'tag promoted');
      return reply.send({ ...promotion });
    },
  );
};
