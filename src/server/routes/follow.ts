import { Readable } from 'node:stream';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import { storedLog } from '../../pipeline/logs/stored-log.ts';
import { problems, textSchema } from '../schemas/answers.ts';
import { buildParams, followHeaders, followQuery, logParams, rawLogQuery } from '../schemas/request-schemas.ts';
import { followBeginning, parseCursor } from '../streams/follow-cursor.ts';
import { isAtItsEnd } from '../streams/follow-items.ts';
import { endOfStream, wantsStream } from '../streams/sse.ts';
import type { Routes } from './route.ts';

/** What a terminal needs to show a build as if it ran locally. */
export const followRoutes: Routes = (app, parts) => {
  const { store, streams } = parts;

  app.get(
    '/builds/:id/follow',
    {
      config: { access: 'read' },
      schema: {
        summary: 'A stream of the events and logs of a build, with the marks of the builder',
        tags: ['builds'],
        params: buildParams,
        querystring: followQuery,
        headers: followHeaders,
        produces: ['text/event-stream'],
        response: { 200: textSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { id } = await requireBuild(store, request.params.id);
      if (!wantsStream(request))
        throw new TwinhullError('RequestInvalid', 'this route only provides a stream', {
          hint: 'send Accept: text/event-stream',
        });
      const { logs, platform } = request.query;
      const last = request.headers['last-event-id'];
      const from = last === undefined ? followBeginning : parseCursor(last);
      const followed = { id, from, logs: logs === 'true', platform };
      if (last !== undefined && (await isAtItsEnd(followed, parts))) return endOfStream(reply);
      return streams.answer(request, reply, (signal) => streams.follow(followed, signal));
    },
  );

  app.get(
    '/builds/:id/logs/:platform/raw',
    {
      config: { access: 'read' },
      schema: {
        summary: 'The log of one attempt so far, as the job printed it, with the marks of the builder',
        tags: ['logs'],
        params: logParams,
        querystring: rawLogQuery,
        produces: ['text/plain'],
        response: { 200: textSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { id, platform } = request.params;
      const { id: buildId } = await requireBuild(store, id);
      const log = { buildId, platform: `linux/${platform}`, attempt: request.query.attempt } as const;
      return reply
        .header('content-type', 'text/plain; charset=utf-8')
        .header('x-content-type-options', 'nosniff')
        .send(Readable.from(storedLog(store, log), { objectMode: false }));
    },
  );
};
