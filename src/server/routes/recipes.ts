import * as z from 'zod';
import { presets } from '../../recipes/presets.ts';
import { problems, recipesSchema } from '../schemas/answers.ts';
import type { Routes } from './route.ts';

export const recipeRoutes: Routes = (app) => {
  app.get(
    '/recipes',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Recipes that can be requested by name',
        tags: ['recipes'],
        response: { 200: recipesSchema, ...problems },
      },
    },
    async (_request, reply) =>
      reply.send({
        recipes: presets.map(({ name, version, description, options }) => ({
          name,
          version,
          description,
          options: z.toJSONSchema(options, { io: 'input' }),
        })),
      }),
  );
};
