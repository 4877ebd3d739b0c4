import { Readable } from 'node:stream';
import pLimit from 'p-limit';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type Platform, platformSuffix } from '../../domain/platform.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import type { BuildStore, LogId } from '../../ports/build-store.ts';
import { logLinesSchema, logMatchesSchema, problems, textSchema } from '../schemas/answers.ts';
import { logLinesQuery, logMatchesQuery, logParams, logQuery, resumeHeaders } from '../schemas/request-schemas.ts';
import { type LineMatcher, patternMatcher, textMatcher } from '../streams/line-matcher.ts';
import { isOver } from '../streams/log-feed.ts';
import { findLines, readLogLines, storedLines, withTimes } from '../streams/log-lines.ts';
import { StoredLogReader } from '../streams/read-log.ts';
import { endOfStream, wantsStream } from '../streams/sse.ts';
import type { Routes } from './route.ts';

export const logRoutes: Routes = (app, { store, streams }) => {
  // A line may take long, and nothing else runs meanwhile: several searches would have their lines in one turn.
  const oneAtOnce = pLimit(1);
  const inTurn = async <T>(matcher: LineMatcher | undefined, scan: () => Promise<T>): Promise<T> =>
    isBounded(matcher) ? oneAtOnce(scan) : scan();

  app.get(
    '/builds/:id/logs/:platform',
    {
      config: { access: 'read' },
      schema: {
        summary: 'The log of one platform: the text so far, or with `Accept: text/event-stream` a stream',
        tags: ['logs'],
        params: logParams,
        querystring: logQuery,
        headers: resumeHeaders,
        produces: ['text/plain', 'text/event-stream'],
        response: { 200: textSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { id, platform } = request.params;
      const { log, over } = await findLog(store, id, `linux/${platform}`, request.query.attempt);
      const offset = Number(request.headers['last-event-id'] ?? request.query.offset ?? 0);
      const { offset: end } = await store.logPosition(log);
      if (wantsStream(request)) {
        if (over && offset > end) return endOfStream(reply);
        return streams.answer(request, reply, (signal) => streams.log(log, offset, signal));
      }
      return reply
        .header('content-type', 'text/plain; charset=utf-8')
        .header('x-content-type-options', 'nosniff')
        .headers(request.query.download === 'true' ? attachment(log) : {})
        .header('twinhull-attempt', String(log.attempt))
        .header('twinhull-next-offset', String(over ? end + 1 : end))
        .send(
          Readable.from(storedText(store, log, { offset, end, over, hasTimes: request.query.times === 'true' }), {
            objectMode: false,
          }),
        );
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
    async (request) => {
      const { id, platform } = request.params;
      const { attempt, from, limit, tail } = request.query;
      const matcher = matcherOf(request.query);
      if (tail !== undefined && isBounded(matcher))
        throw new TwinhullError(
          'RequestInvalid',
          'the last lines that a regular expression matches cannot be returned',
          {
            hint: 'leave out `tail`, or search for plain text, without `regex`',
          },
        );
      const { log, over } = await findLog(store, id, `linux/${platform}`, attempt);
      const count = Math.min(limit ?? tail ?? defaultLines, tail ?? Number.POSITIVE_INFINITY);
      const query = { from, count, isTail: tail !== undefined, matcher };
      const found = await inTurn(matcher, () => readLogLines(storedLines(store, log, over), query));
      return { attempt: log.attempt, ...found, complete: over };
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
    async (request) => {
      const { id, platform } = request.params;
      const { attempt, from, limit } = request.query;
      const matcher = matcherOf(request.query);
      const { log, over } = await findLog(store, id, `linux/${platform}`, attempt);
      const query = { from, count: limit, matcher };
      const found = await inTurn(matcher, () => findLines(storedLines(store, log, over), query));
      return { attempt: log.attempt, ...found, complete: over };
    },
  );
};

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

/** Both parts of the name are of a fixed form. */
function attachment({ buildId, platform, attempt }: LogId): Record<string, string> {
  const name = `${buildId}-${platformSuffix(platform)}-${String(attempt)}.log`;
  return { 'content-disposition': `attachment; filename="${name}"` };
}

/** @throws BuildNotFound when there is no such build or attempt */
async function findLog(
  store: BuildStore,
  buildId: string,
  platform: Platform,
  wanted: number | undefined,
): Promise<{ readonly log: LogId; readonly over: boolean }> {
  const build = await requireBuild(store, buildId);
  const attempts = build.jobs.find((job) => job.platform === platform)?.attempts ?? [];
  const attempt = wanted === undefined ? attempts.at(-1) : attempts.find(({ number }) => number === wanted);
  if (attempt !== undefined) {
    const log = { buildId, platform, attempt: attempt.number };
    return { log, over: isOver(build, log) };
  }
  const which = wanted === undefined ? 'attempt yet' : `attempt ${String(wanted)}`;
  throw new TwinhullError('BuildNotFound', `build ${buildId} has no ${which} on ${platform}`, {
    hint: `its attempts are listed in /v1/builds/${buildId}`,
  });
}

interface StoredTextOptions {
  readonly offset: number;
  readonly end: number;
  readonly over: boolean;
  /** Whether each line begins with its time. */
  readonly hasTimes: boolean;
}

/** The stored text from `offset` to `end`, the end of the stored log when the response began. */
async function* storedText(
  store: BuildStore,
  log: LogId,
  { offset, end, over, hasTimes }: StoredTextOptions,
): AsyncGenerator<string> {
  if (offset > end) return;
  const reader = new StoredLogReader(store, log);
  for (let found = await reader.next(offset); found !== undefined; found = await reader.next(offset)) {
    if (found.next > end) return;
    yield hasTimes ? withTimes(found) : found.text;
  }
  const rest = over ? reader.rest() : undefined;
  if (rest !== undefined) yield hasTimes ? withTimes(rest) : rest.text;
}
