import type { FastifyReply, FastifyRequest } from 'fastify';
import { eventToJson } from '../../build-json/event-json.ts';
import { isEnded } from '../../domain/build.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import { eventListSchema, problems } from '../schemas/answers.ts';
import { buildEventsQuery, buildParams, eventsQuery, resumeHeaders } from '../schemas/request-schemas.ts';
import { endOfStream, wantsStream } from '../streams/sse.ts';
import type { Routes } from './route.ts';

interface EventPage {
  readonly after: number;
  readonly limit: number;
  readonly buildId?: string;
  readonly withBuild?: boolean;
}

export const eventRoutes: Routes = (app, { store, streams }) => {
  const answer = async (page: EventPage, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (wantsStream(request)) {
      const isRepeated = page.withBuild !== true || request.headers['last-event-id'] !== undefined;
      if (isRepeated && (await isOver(page))) return endOfStream(reply);
      return streams.answer(request, reply, (signal) => streams.events(page, signal));
    }
    const events = await store.events(page);
    return reply.send({ events: events.map(eventToJson), next: events.at(-1)?.sequence ?? page.after });
  };

  const isOver = async ({ buildId, after }: EventPage): Promise<boolean> => {
    if (buildId === undefined || after === 0 || !isEnded(await requireBuild(store, buildId))) return false;
    return (await store.events({ buildId, after, limit: 1 })).length === 0;
  };

  app.get(
    '/events',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Events of all builds: a page, or with `Accept: text/event-stream` a stream',
        tags: ['events'],
        querystring: eventsQuery,
        headers: resumeHeaders,
        response: { 200: eventListSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { after, limit } = request.query;
      return answer({ after: Number(request.headers['last-event-id'] ?? after ?? 0), limit }, request, reply);
    },
  );

  app.get(
    '/builds/:id/events',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Events of a build: a page, or with `Accept: text/event-stream` a stream that ends with the build',
        tags: ['events'],
        params: buildParams,
        querystring: buildEventsQuery,
        headers: resumeHeaders,
        response: { 200: eventListSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { id: buildId } = await requireBuild(store, request.params.id);
      const { after: from, limit, build } = request.query;
      const after = Number(request.headers['last-event-id'] ?? from ?? 0);
      return answer({ buildId, after, limit, withBuild: build === 'true' }, request, reply);
    },
  );
};
