import type { FastifyReply } from 'fastify';
import pLimit from 'p-limit';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { logLinesSchema, logMatchesSchema, logOutlineSchema, problems } from '../schemas/answers.ts';
import { logLinesQuery, logMatchesQuery, logOutlineQuery, logParams } from '../schemas/request-schemas.ts';
import { errorMatcher, type LineMatcher, patternMatcher, textMatcher } from '../streams/line-matcher.ts';
import { findLines, type LogLinesQuery, readLogLines, storedLines } from '../streams/log-lines.ts';
import { timeOf } from '../streams/scan-lines.ts';
import { whileConnected } from '../streams/while-connected.ts';
import { type FoundLog, findLog } from './find-log.ts';
import { logTextRoutes } from './log-text.ts';
import type { RouteParts, Routes } from './route.ts';

export const logRoutes: Routes = (app, parts) => {
  const { store, logIndexes } = parts;
  // A line may take long, and nothing else runs meanwhile: several searches would have their lines in one turn.
  const oneAtOnce = pLimit(1);
  const inTurn = async <T>(matcher: LineMatcher | undefined, scan: () => Promise<T>): Promise<T> =>
    isBounded(matcher) ? oneAtOnce(scan) : scan();

  logTextRoutes(app, parts);

  app.get(
    '/builds/:id/logs/:platform/outline',
    {
      config: { access: 'read' },
      schema: {
        summary: 'How many lines the log of one platform has, and which of them each phase printed',
        tags: ['logs'],
        params: logParams,
        querystring: logOutlineQuery,
        response: { 200: logOutlineSchema, ...problems },
      },
    },
    async (request) => {
      const { id, platform } = request.params;
      const { log, over } = await findLog(store, id, `linux/${platform}`, request.query.attempt);
      const { lines, offset, phases, firstTime } = await logIndexes.of(log).outline(over);
      return {
        ...{ attempt: log.attempt, lines, offset, firstTime: timeOf(firstTime) },
        phases: phases.map(({ image, seconds, exitCode, ...each }) => {
          return { ...each, image: image ?? null, seconds: seconds ?? null, exitCode: exitCode ?? null };
        }),
        complete: over,
      };
    },
  );

  app.get(
    '/builds/:id/logs/:platform/lines',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Numbered lines of the log of one platform: a range, the last ones, or those that contain a text',
        tags: ['logs'],
        params: logParams,
        querystring: logLinesQuery,
        response: { 200: logLinesSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { id, platform } = request.params;
      const { attempt, from, limit, tail, width } = request.query;
      const matcher = matcherOf(request.query);
      if (tail !== undefined && isBounded(matcher))
        throw new TwinhullError(
          'RequestInvalid',
          'the last lines that a regular expression matches cannot be returned',
          {
            hint: 'leave out `tail`, or search for plain text, without `regex`',
          },
        );
      const found = await findLog(store, id, `linux/${platform}`, attempt);
      const count = Math.min(limit ?? tail ?? defaultLines, tail ?? Number.POSITIVE_INFINITY);
      const query = { from, count, isTail: tail !== undefined, matcher, width };
      const lines = await inTurn(matcher, () => linesOf({ ...parts, reply }, found, query));
      return { attempt: found.log.attempt, ...lines, complete: found.over };
    },
  );

  app.get(
    '/builds/:id/logs/:platform/matches',
    {
      config: { access: 'read' },
      schema: {
        summary: 'The numbers of the lines of a log that contain a text, or that a regular expression matches',
        tags: ['logs'],
        params: logParams,
        querystring: logMatchesQuery,
        response: { 200: logMatchesSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { id, platform } = request.params;
      const { attempt, from, limit, search, errors } = request.query;
      if ((search === undefined) === (errors === undefined))
        throw new TwinhullError('RequestInvalid', 'the request needs either `search` or `errors`', {
          hint: 'name a text with `search`, or leave it out and set `errors` to `true`',
        });
      const matcher = errors === undefined ? matcherOf(request.query) : errorMatcher;
      const { log, over } = await findLog(store, id, `linux/${platform}`, attempt);
      const found = await inTurn(matcher, async () => {
        const { pieces, first } = await piecesFrom({ ...parts, reply }, { log, over }, from);
        return findLines(pieces, { from, first, count: limit, matcher });
      });
      return { attempt: log.attempt, ...found, complete: over };
    },
  );
};

/** A search ends when the client of its response has disconnected. */
type LogParts = Pick<RouteParts, 'store' | 'logIndexes'> & { readonly reply: FastifyReply };

/** Without a search, the last lines are read by their numbers. */
async function linesOf(parts: LogParts, found: FoundLog, query: LogLinesQuery) {
  const isEnd = query.isTail && query.matcher === undefined;
  const { lines } = isEnd ? await parts.logIndexes.of(found.log).outline(found.over) : { lines: 0 };
  const from = isEnd ? Math.max(query.from, lines - query.count + 1) : query.from;
  const { pieces, first } = await piecesFrom(parts, found, from);
  return readLogLines(pieces, { ...query, from, first });
}

/** The pieces of a log from one that begins at or before a line, and the number of their first line. */
async function piecesFrom({ store, logIndexes, reply }: LogParts, { log, over }: FoundLog, line: number) {
  const index = logIndexes.of(log);
  if (line > 1) await index.outline(over);
  const place = line > 1 ? index.placeBefore(line - 1) : undefined;
  const pieces = whileConnected(storedLines(store, log, over, place), reply);
  return { pieces, first: (place?.lines ?? 0) + 1 };
}

/** @throws RequestInvalid when the regular expression is none */
function matcherOf({
  search,
  regex,
}: {
  readonly search?: string | undefined;
  readonly regex?: string | undefined;
}): LineMatcher | undefined {
  if (search === undefined) return undefined;
  return regex === 'true' ? patternMatcher(search) : textMatcher(search);
}

/** Whether a search takes long enough to need a bound. */
function isBounded(matcher: LineMatcher | undefined): boolean {
  return matcher !== undefined && Number.isFinite(matcher.budget);
}

/** How many lines a page has unless the request names a number. */
const defaultLines = 1_000;
