import { planToJson } from '../../presentation/json.ts';
import { planRequested } from '../plan-request.ts';
import { planSchema } from '../plan-schema.ts';
import { planBody } from '../request-schemas.ts';
import { problems } from '../schemas.ts';
import type { Routes } from './route.ts';

export const planRoutes: Routes = (app, parts) => {
  app.post(
    '/plans',
    {
      config: { access: 'build' },
      schema: {
        summary: 'Work out the jobs, steps and tags of a build, and run nothing',
        tags: ['plans'],
        body: planBody,
        response: { 200: planSchema, ...problems },
      },
    },
    async (request, reply) => reply.send({ ...planToJson((await planRequested(request.body, parts)).plan) }),
  );
};
