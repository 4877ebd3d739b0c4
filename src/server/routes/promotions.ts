import { promote } from '../../pipeline/promote.ts';
import { allowedDestination } from '../allowance.ts';
import { callerOf } from '../auth/guard.ts';
import { promotionBody } from '../request-schemas.ts';
import { problems, promotionSchema } from '../schemas.ts';
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
      // Also a build that the command line made may be the latest of its commit: its registry is not for everybody.
      const allowedRegistry: typeof registryFor = (repository) =>
        registryFor(allowedDestination(repository, allowance));
      const promotion = await promote({ ...request.body, by }, { store, clock, registryFor: allowedRegistry });
      request.log.info({ buildId: promotion.buildId, tag: request.body.tag, by }, 'tag promoted');
      return reply.send({ ...promotion });
    },
  );
};
