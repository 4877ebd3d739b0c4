import { Readable } from 'node:stream';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { platformSuffix } from '../../domain/platform.ts';
import type { BuildStore, LogId } from '../../ports/build-store.ts';
import { problems, textSchema } from '../schemas/answers.ts';
import { logParams, logQuery, resumeHeaders } from '../schemas/request-schemas.ts';
import type { LogIndex } from '../streams/log-index.ts';
import { linesOfPieces, storedLines, withTimes } from '../streams/log-lines.ts';
import { StoredLogReader } from '../streams/read-log.ts';
import { endOfStream, wantsStream } from '../streams/sse.ts';
import { findLog } from './find-log.ts';
import type { Routes } from './route.ts';

/** The log as text: as a response, a file, or a stream. */
export const logTextRoutes: Routes = (app, { store, streams, logIndexes }) => {
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
      const { attempt, from, limit, times, download } = request.query;
      const isRange = from !== undefined || limit !== undefined;
      if (isRange && (wantsStream(request) || request.query.offset !== undefined))
        throw new TwinhullError('RequestInvalid', 'a range of lines is neither streamed nor read by `offset`', {
          hint: 'leave out `from` and `limit`; or `offset` and the header Accept',
        });
      const { log, over } = await findLog(store, id, `linux/${platform}`, attempt);
      const offset = Number(request.headers['last-event-id'] ?? request.query.offset ?? 0);
      const { offset: end } = await store.logPosition(log);
      if (wantsStream(request)) {
        if (over && offset > end) return endOfStream(reply);
        return streams.answer(request, reply, (signal) => streams.log(log, offset, signal));
      }
      const hasTimes = times === 'true';
      const range = { from: from ?? 1, count: limit ?? Number.POSITIVE_INFINITY };
      const text = isRange
        ? rangeOfText(store, { log, over, hasTimes, ...range }, logIndexes.of(log))
        : storedText(store, log, { offset, end, over, hasTimes });
      return reply
        .header('content-type', 'text/plain; charset=utf-8')
        .header('x-content-type-options', 'nosniff')
        .headers(download === 'true' ? attachment(log, isRange ? range : undefined) : {})
        .header('twinhull-attempt', String(log.attempt))
        .headers(isRange ? {} : { 'twinhull-next-offset': String(over ? end + 1 : end) })
        .send(Readable.from(text, { objectMode: false }));
    },
  );
};

interface LineRange {
  /** From 1. */
  readonly from: number;
  readonly count: number;
}

/** All parts of the name are of a fixed form. */
function attachment({ buildId, platform, attempt }: LogId, range?: LineRange): Record<string, string> {
  const last = range === undefined || range.count === Number.POSITIVE_INFINITY ? '' : range.from + range.count - 1;
  const lines = range === undefined ? '' : `-L${String(range.from)}-${last === '' ? '' : `L${String(last)}`}`;
  const name = `${buildId}-${platformSuffix(platform)}-${String(attempt)}${lines}.log`;
  return { 'content-disposition': `attachment; filename="${name}"` };
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

interface RangeOptions extends LineRange {
  readonly log: LogId;
  readonly over: boolean;
  readonly hasTimes: boolean;
}

async function* rangeOfText(
  store: BuildStore,
  { log, over, hasTimes, from, count }: RangeOptions,
  index: LogIndex,
): AsyncGenerator<string> {
  await index.outline(over);
  const place = index.placeBefore(from - 1);
  const pieces = storedLines(store, log, over, place);
  const range = { from, count, first: (place?.lines ?? 0) + 1 };
  for await (const piece of linesOfPieces(pieces, range)) yield hasTimes ? withTimes(piece) : piece.text;
}
