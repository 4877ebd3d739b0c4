import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { batchJobDefinition } from '../../manifests/batch-job-definition.ts';
import { headJob } from '../../manifests/head-job.ts';
import { pinImage } from '../../manifests/pinned-image.ts';
import { vecoliConfiguration } from '../../manifests/vecoli-configuration.ts';
import { yamlText } from '../../manifests/yaml-text.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import { manifestsSchema, problems } from '../schemas/answers.ts';
import { buildParams, manifestsQuery } from '../schemas/request-schemas.ts';
import type { Routes } from './route.ts';

/** Documents for the consumers of a published build. */
export const manifestRoutes: Routes = (app, { store }) => {
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
