import { expect, it } from 'vitest';
import { createBuild } from '../../../test/contract/build-store/open-store.ts';
import { type ApiBed, apiBed } from '../../../test/helpers/api-bed.ts';
import { pollUntil } from '../../../test/helpers/poll-until.ts';
import { amd64 } from '../../../test/helpers/sample-builds.ts';
import { failedBuild } from '../../../test/helpers/shown-builds.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';

const job = { platform: amd64, attempt: 1 } as const;
const stream = { accept: 'text/event-stream' };

interface Streamed {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: { event?: { type: string }; text?: string };
}

/** Reads until `enough` returns true, then disconnects, or until the stream ends. */
async function listen(
  { url, bed }: { url: string; bed: ApiBed },
  last: string | undefined,
  enough: number,
): Promise<readonly Streamed[]> {
  const gone = new AbortController();
  const headers = { ...bed.headers, ...stream, ...(last !== undefined && { 'last-event-id': last }) };
  const response = await fetch(url, { headers, signal: gone.signal });
  expect(response.status).toBe(200);
  const seen: Streamed[] = [];
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks.filter((one) => !one.startsWith(':'))) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      seen.push({ id: field('id'), type: field('event')!, data: JSON.parse(field('data')!) as Streamed['data'] });
      if (seen.length === enough) {
        gone.abort();
        return seen;
      }
    }
  }
  return seen;
}

/** A build whose one attempt prints a log with two marks, then ends; then the build fails. */
async function endedBuild({ stores }: Pick<ApiBed, 'stores'>) {
  const { build } = await createBuild(stores.builds);
  const name = `twinhull-${build.id}-amd64-1`;
  let now = await stores.builds.append(build, [{ type: 'job.intended', ...job, name }], 1);
  const log = { buildId: build.id, ...job };
  let offset = 0;
  for (const [index, text] of ['::mark é\n', 'a\r\n', 'no end'].entries()) {
    await stores.builds.appendLog({ log, offset, text, cursor: String(index) }, [], 1);
    offset += Buffer.byteLength(text);
  }
  now = await stores.builds.append(
    now,
    [{ type: 'job.ended', ...job, result: 'failed', finishedAt: 2, phases: [] }],
    2,
  );
  const failure = failedBuild().failure!;
  await stores.builds.append(now, [{ type: 'build.failed', failure }], 3);
  return build.id;
}

it('stays open while the store is unavailable, and resumes when it recovers', async () => {
  const { stores } = await apiBed();
  const id = await endedBuild({ stores });
  let refusals = 3;
  const store = new Proxy(stores.builds, {
    get: (target, key): unknown => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (key === 'readLog' && refusals > 0) {
          refusals -= 1;
          return Promise.reject(new TwinhullError('StoreUnavailable', 'the store is away'));
        }
        return (value as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  const bed = await apiBed({ parts: { store } });
  const address = await bed.app.listen({ port: 0, host: '127.0.0.1' });
  const whole = await listen({ url: `${address}/v1/builds/${id}/follow`, bed }, undefined, Number.POSITIVE_INFINITY);
  expect(refusals).toBe(0);
  expect(whole.map(({ data }) => data.text ?? '').join('')).toBe('::mark é\na\r\nno end');
  expect(whole.at(-1)?.type).toBe('end');
});

it('streams events and raw logs in the order of a terminal, and resumes where a reader stopped', async () => {
  const bed = await apiBed();
  const address = await bed.app.listen({ port: 0, host: '127.0.0.1' });
  const id = await endedBuild(bed);
  const url = `${address}/v1/builds/${id}/follow`;
  const whole = await listen({ url, bed }, undefined, Number.POSITIVE_INFINITY);
  expect(whole.map(({ type, data }) => data.event?.type ?? data.text ?? type)).toEqual([
    'build.created',
    'job.intended',
    '::mark é\n',
    'a\r\n',
    'no end',
    'job.ended',
    'build.failed',
    'end',
  ]);
  const pieces: Streamed[] = [];
  while (pieces.at(-1)?.type !== 'end') pieces.push(...(await listen({ url, bed }, pieces.at(-1)?.id, 2)));
  expect(pieces).toEqual(whole);
  const again = await fetch(url, { headers: { ...bed.headers, ...stream, 'last-event-id': whole.at(-2)!.id! } });
  expect(again.status).toBe(204);
});

it('leaves out logs that are not requested', async () => {
  const bed = await apiBed();
  const id = await endedBuild(bed);
  const logsOf = async (query: string) => {
    const { text } = await bed.call({ method: 'GET', url: `/v1/builds/${id}/follow?${query}`, headers: stream });
    return [...text.matchAll(/^event: log$/gm)].length;
  };
  expect(await logsOf('platform=linux/amd64')).toBe(3);
  expect(await logsOf('platform=linux/arm64')).toBe(0);
  expect(await logsOf('logs=false')).toBe(0);
});

it('sends events at once to connected clients, and ends when the service stops', async () => {
  const bed = await apiBed();
  const address = await bed.app.listen({ port: 0, host: '127.0.0.1' });
  const { build } = await createBuild(bed.stores.builds);
  const received: string[] = [];
  const response = await fetch(`${address}/v1/builds/${build.id}/follow`, { headers: { ...bed.headers, ...stream } });
  const listening = (async () => {
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) received.push(text);
  })();
  await pollUntil('the first event', () => received.join('').includes('build.created'));
  await bed.stores.builds.append(build, [{ type: 'build.cancel-requested', by: 'a user' }], 2);
  await pollUntil('the news', () => received.join('').includes('build.cancel-requested'));
  bed.stop.abort();
  await listening;
  expect(received.join('')).not.toContain('event: end');
});

it('is available only as a stream, and only for an existing build', async () => {
  const bed = await apiBed();
  const id = await endedBuild(bed);
  const page = await bed.call({ method: 'GET', url: `/v1/builds/${id}/follow` });
  expect([page.status, page.json['code'], page.json['hint']]).toEqual([
    400,
    'RequestInvalid',
    'send Accept: text/event-stream',
  ]);
  const unknown = await bed.call({ method: 'GET', url: '/v1/builds/0123456789ab/follow', headers: stream });
  expect([unknown.status, unknown.json['code']]).toEqual([404, 'BuildNotFound']);
});

it('returns the raw log of an attempt, and an empty one for an unknown attempt', async () => {
  const bed = await apiBed();
  const id = await endedBuild(bed);
  const log = await bed.call({ method: 'GET', url: `/v1/builds/${id}/logs/amd64/raw?attempt=1` });
  expect([log.status, log.text]).toEqual([200, '::mark é\na\r\nno end']);
  const none = await bed.call({ method: 'GET', url: `/v1/builds/${id}/logs/arm64/raw?attempt=7` });
  expect([none.status, none.text]).toEqual([200, '']);
});
