import { buildToJson, imagesToJson, summaryToJson } from '../../build-json/json.ts';
import { shownBuild } from '../../build-json/live-phases.ts';
import { buildSchema } from '../../build-json/shapes.ts';
import { parseRepository } from '../../domain/git-repository.ts';
import { cancelBuild, requireBuild, retryBuild } from '../../pipeline/change-build.ts';
import { allowedDestination, allowedRepository } from '../allowance.ts';
import { callerOf } from '../auth/guard.ts';
import { buildListSchema, imagesSchema, problems } from '../schemas/answers.ts';
import { buildParams, imagesQuery, listQuery } from '../schemas/request-schemas.ts';
import type { Routes } from './route.ts';

export const buildRoutes: Routes = (app, { store, clock, registryFor, secretRules, wake, options }) => {
  /** A build may come from the command line, or from before the operator narrowed the allowance. */
  const allowedBuild = async (idOrPrefix: string): Promise<string> => {
    const { id, repository, destination } = await requireBuild(store, idOrPrefix);
    allowedRepository(repository, options.allowance);
    allowedDestination(destination, options.allowance);
    return id;
  };

  app.get(
    '/builds',
    {
      config: { access: 'read' },
      schema: {
        summary: 'List builds, newest first',
        tags: ['builds'],
        querystring: listQuery,
        response: { 200: buildListSchema, ...problems },
      },
    },
    async ({ query: { state, limit, repository: named, ...filters } }, reply) => {
      const states = state === undefined ? undefined : [state].flat();
      const repository = named === undefined ? undefined : parseRepository(named);
      const found = await store.list({ ...filters, repository, states, limit: limit + 1 });
      const builds = found.slice(0, limit);
      return reply.send({
        builds: builds.map(summaryToJson),
        next: found.length > limit ? (builds.at(-1)?.id ?? null) : null,
      });
    },
  );

  app.get(
    '/builds/:id',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Show a build',
        tags: ['builds'],
        params: buildParams,
        response: { 200: buildSchema, ...problems },
      },
    },
    async ({ params: { id } }, reply) => {
      const build = await requireBuild(store, id);
      return reply.send(buildToJson(await shownBuild(store, build)));
    },
  );

  app.post(
    '/builds/:id/cancel',
    {
      config: { access: 'build' },
      schema: {
        summary: 'Cancel a build; one that is publishing or has ended is not changed',
        tags: ['builds'],
        params: buildParams,
        response: { 200: buildSchema, ...problems },
      },
    },
    async (request, reply) => {
      const id = await allowedBuild(request.params.id);
      const build = await cancelBuild(id, { store, clock, by: callerOf(request).name });
      wake();
      return reply.send(buildToJson(build));
    },
  );

  app.post(
    '/builds/:id/retry',
    {
      config: { access: 'build' },
      schema: {
        summary: 'Rebuild the platforms that failed, and publish',
        tags: ['builds'],
        params: buildParams,
        response: { 200: buildSchema, ...problems },
      },
    },
    async (request, reply) => {
      const by = callerOf(request).name;
      const id = await allowedBuild(request.params.id);
      const build = await retryBuild(id, { store, clock, registryFor, secretRules, by });
      wake();
      return reply.send(buildToJson(build));
    },
  );

  app.get(
    '/images',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Tags and digests of published builds, newest first',
        tags: ['images'],
        querystring: imagesQuery,
        response: { 200: imagesSchema, ...problems },
      },
    },
    async ({ query: { commit, limit } }, reply) => {
      const found = await store.list({ states: ['published'], commit, limit });
      const builds = await Promise.all(found.map(({ id }) => store.load(id)));
      // A build may have been removed meanwhile.
      return reply.send({ builds: builds.filter((build) => build !== undefined).map(imagesToJson) });
    },
  );
};
