import { parseRepository } from '../../domain/git-repository.ts';
import { cancelBuild, requireBuild, retryBuild } from '../../pipeline/change-build.ts';
import { buildToJson, imagesToJson, summaryToJson } from '../../presentation/json.ts';
import { shownBuild } from '../../presentation/live-phases.ts';
import { allowedDestination, allowedRepository } from '../allowance.ts';
import { callerOf } from '../auth/guard.ts';
import { buildParams, imagesQuery, listQuery } from '../request-schemas.ts';
import { buildListSchema, buildSchema, imagesSchema, problems } from '../schemas.ts';
import type { Routes } from './route.ts';

export const buildRoutes: Routes = (app, { store, clock, registryFor, wake, options }) => {
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
        summary: 'Stop a build; one that publishes or has ended stays as it is',
        tags: ['builds'],
        params: buildParams,
        response: { 200: buildSchema, ...problems },
      },
    },
    async (request, reply) => {
      const build = await cancelBuild(request.params.id, { store, clock, by: callerOf(request).name });
      wake();
      return reply.send(buildToJson(build));
    },
  );

  app.post(
    '/builds/:id/retry',
    {
      config: { access: 'build' },
      schema: {
        summary: 'Build the halves that failed again, and publish',
        tags: ['builds'],
        params: buildParams,
        response: { 200: buildSchema, ...problems },
      },
    },
    async (request, reply) => {
      const by = callerOf(request).name;
      const { id, repository, destination } = await requireBuild(store, request.params.id);
      // It may be the command line's, or from before the operator narrowed what is allowed.
      allowedRepository(repository, options.allowance);
      allowedDestination(destination, options.allowance);
      const build = await retryBuild(id, { store, clock, registryFor, by });
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
      // One may have been removed meanwhile.
      return reply.send({ builds: builds.filter((build) => build !== undefined).map(imagesToJson) });
    },
  );
};
