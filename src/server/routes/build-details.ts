import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { batchJobDefinition } from '../../manifests/batch-job-definition.ts';
import { headJob } from '../../manifests/head-job.ts';
import { pinImage } from '../../manifests/pinned-image.ts';
import { vecoliConfiguration } from '../../manifests/vecoli-configuration.ts';
import { yamlText } from '../../manifests/yaml-text.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import { estimateStoredBuild } from '../../pipeline/estimate-build.ts';
import { manifestsSchema, problems } from '../schemas/answers.ts';
import { buildEstimateSchema } from '../schemas/plan-schema.ts';
import { buildParams, manifestsQuery } from '../schemas/request-schemas.ts';
import type { Routes } from './route.ts';

/** What belongs to one build and is worked out when it is asked for. */
export const buildDetailRoutes: Routes = (app, { store, options }) => {
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

  app.get(
    '/builds/:id/manifests',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Documents that run a published image, pinned by digest',
        tags: ['images'],
        params: buildParams,
        querystring: manifestsQuery,
        response: { 200: manifestsSchema, ...problems },
      },
    },
    async ({ params: { id }, query }, reply) => {
      const build = await requireBuild(store, id);
      const image = pinImage(build, query);
      return reply.send({
        batch: usable(() => jsonText(batchJobDefinition(image))),
        kubernetes: usable(() => yamlText(headJob(image))),
        vecoli: usable(() => jsonText(vecoliConfiguration(build, query))),
      });
    },
  );
};

/** Null where the consumer cannot use the image. */
function usable(text: () => string): string | null {
  try {
    return text();
  } catch (error) {
    if (TwinhullError.is(error, 'ArgumentInvalid') || TwinhullError.is(error, 'ImageNotPublished')) return null;
    throw error;
  }
}

function jsonText(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
