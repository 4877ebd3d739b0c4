import { request } from 'node:http';
import { expect, it } from 'vitest';
import { createBuild } from '../../test/contract/build-store/open-store.ts';
import { type ApiBed, apiBed } from '../../test/helpers/api-bed.ts';
import { pollUntil } from '../../test/helpers/poll-until.ts';
import { amd64 } from '../../test/helpers/sample-builds.ts';
import { listen, logText, type Streamed } from '../../test/helpers/stream-client.ts';
import type { Build } from '../domain/build.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import type { BuildStore, LogId } from '../ports/build-store.ts';

const job = { platform: amd64, attempt: 1 } as const;
const failure = { code: 'JobFailed', message: 'failed', hint: 'mend', infrastructure: false } as const;

/** A build whose amd64 job has started. */
async function begunBuild({ stores }: Pick<ApiBed, 'stores'>): Promise<{ readonly build: Build; readonly log: LogId }> {
  const { build } = await createBuild(stores.builds);
  const name = `twinhull-${build.id}-amd64-1`;
  return {
    build: await stores.builds.append(build, [{ type: 'job.intended', ...job, name }], 1),
    log: { buildId: build.id, ...job },
  };
}

/** A store that counts calls, those of `load` also by themselves, and fails while it is unavailable. */
function watchedStore(store: BuildStore) {
  const watch = { calls: 0, loads: 0, away: false };
  const watched = new Proxy(store, {
    get: (target, key): unknown => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        watch.calls += 1;
        if (key === 'load') watch.loads += 1;
        if (watch.away) return Promise.reject(new TwinhullError('StoreUnavailable', 'the store is away'));
        return (value as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  return { watch, watched };
}

async function watchedBed() {
  const { stores } = await apiBed();
  const { watch, watched } = watchedStore(stores.builds);
  const bed = await apiBed({ parts: { store: watched } });
  return { ...bed, stores, watch, address: await bed.app.listen({ port: 0, host: '127.0.0.1' }) };
}

it('streams events and logs that resume without gaps or repeats', async () => {
  const bed = await apiBed();
  const { app, stores, stop } = bed;
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  const { build, log } = await begunBuild(bed);
  const lines = Array.from({ length: 60 }, (_, index) => `line ${index} é\r\n`);

  const writing = (async () => {
    let offset = 0;
    for (const [index, text] of lines.entries()) {
      const note = { type: 'job.note', ...job, text: `note ${index}` } as const;
      await stores.builds.appendLog({ log, offset, text, cursor: String(index) }, [note], 1);
      offset += Buffer.byteLength(text);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await stores.builds.append(build, [{ type: 'build.failed', failure }], 2);
  })();

  const readAll = async (url: string): Promise<readonly Streamed[]> => {
    const all: Streamed[] = [];
    for (let turn = 1; ; turn += 1) {
      const some = await listen(url, { headers: bed.headers, lastId: all.at(-1)?.id, count: 1 + (turn % 7) });
      all.push(...some.filter(({ type }) => type !== 'end'));
      if (some.some(({ type }) => type === 'end')) return all;
    }
  };
  const [events, texts] = await Promise.all([
    readAll(`${address}/v1/builds/${build.id}/events`),
    readAll(`${address}/v1/builds/${build.id}/logs/amd64`),
    writing,
  ]);
  const stored = await stores.builds.events({ after: 0, limit: 1000 });
  expect(events.map(({ id }) => Number(id))).toEqual(stored.map(({ sequence }) => sequence));
  expect(events.map(({ data }) => JSON.parse(data) as unknown)).toMatchObject(stored.map(({ event }) => ({ event })));
  expect(logText(texts)).toBe(lines.join(''));

  const after = await fetch(`${address}/v1/builds/${build.id}/events`, {
    headers: { ...bed.headers, accept: 'text/event-stream', 'last-event-id': events.at(-1)?.id ?? '' },
  });
  expect(after.status).toBe(204);

  const seen: Streamed[] = [];
  const endless = listen(`${address}/v1/events`, { headers: bed.headers, seen });
  await pollUntil('all events', () => seen.length === stored.length);
  stop.abort();
  expect(await endless).toHaveLength(stored.length);
});

it('sends the unterminated last line of an ended log, also after a reconnect, and then 204', async () => {
  const bed = await apiBed();
  const { stores } = bed;
  const address = await bed.app.listen({ port: 0, host: '127.0.0.1' });
  const { build, log } = await begunBuild(bed);
  await stores.builds.appendLog({ log, offset: 0, text: 'one\ntwo', cursor: '1' }, [], 1);
  const url = `${address}/v1/builds/${build.id}/logs/amd64`;
  const [first] = await listen(url, { headers: bed.headers, count: 1 });
  expect(logText([first!])).toBe('one\n');
  const page = await fetch(url, { headers: bed.headers });
  expect([await page.text(), page.headers.get('twinhull-next-offset')]).toEqual(['one\n', '7']);

  await stores.builds.append(build, [{ type: 'build.failed', failure }], 2);
  const [rest, end, ...others] = await listen(url, { headers: bed.headers, lastId: first!.id });
  expect([logText([rest!]), end?.type, others]).toEqual(['two\n', 'end', []]);
  const [again] = await listen(url, { headers: bed.headers, count: 1 });
  expect(again).toEqual({ ...first, at: again?.at });
  for (const { id } of [rest!, end!]) {
    const back = await fetch(url, {
      headers: { ...bed.headers, accept: 'text/event-stream', 'last-event-id': id ?? '' },
    });
    expect(back.status).toBe(204);
  }
  const after = await fetch(`${url}?offset=7`, { headers: bed.headers });
  expect([await after.text(), after.headers.get('twinhull-next-offset')]).toEqual(['two\n', '8']);
  expect(await (await fetch(`${url}?offset=8`, { headers: bed.headers })).text()).toBe('');
});

it('polls the store once for all streams', async () => {
  const bed = await watchedBed();
  const { build, log } = await begunBuild(bed);
  await bed.stores.builds.appendLog({ log, offset: 0, text: 'begun\n', cursor: '1' }, [], 1);
  const seen = Array.from({ length: 60 }, (): Streamed[] => []);
  const paths = [`/v1/builds/${build.id}/logs/amd64`, `/v1/builds/${build.id}/events`, '/v1/events'];
  const all = seen.map((each, n) => listen(`${bed.address}${paths[n % 3]}`, { headers: bed.headers, seen: each }));
  await pollUntil('all streams to begin', () => seen.every(({ length }) => length > 0));
  const begun = { calls: bed.watch.calls, at: performance.now() };
  let n = 0;
  await pollUntil('a second', async () => {
    const note = { type: 'job.note', ...job, text: `note ${(n += 1)}` } as const;
    const chunk = { log, offset: 6 + (n - 1) * 8, text: `${String(n).padStart(7, '0')}\n`, cursor: '2' };
    expect(await bed.stores.builds.appendLog(chunk, [note], 1)).toBe(true);
    return performance.now() - begun.at > 1_000;
  });
  const seconds = (performance.now() - begun.at) / 1000;
  // One query of the events and one of the log every 200 ms, for any number of streams.
  expect(bed.watch.calls - begun.calls).toBeLessThan(20 * seconds + 20);
  await bed.stores.builds.append(build, [{ type: 'build.failed', failure }], 2);
  await Promise.all(all.filter((_, nth) => nth % 3 !== 2));
  await pollUntil('the endless streams to have all', () =>
    seen.every((each, nth) => nth % 3 !== 2 || each.length >= n + 3),
  );
  bed.stop.abort();
  const [log1, events1, events2] = await Promise.all(all);
  expect(logText(log1!)).toHaveLength(6 + n * 8);
  expect(events1!.filter(({ type }) => type === 'job.note')).toHaveLength(n);
  expect(events2!.filter(({ type }) => type === 'job.note')).toHaveLength(n);
});

it('polls the store once for the logs of all builds', async () => {
  const bed = await watchedBed();
  const logs = await Promise.all(Array.from({ length: 12 }, () => begunBuild(bed)));
  const streams = logs.map(({ build }) => {
    const seen: Streamed[] = [];
    return {
      seen,
      listening: listen(`${bed.address}/v1/builds/${build.id}/logs/amd64`, { headers: bed.headers, seen }),
    };
  });
  for (const { log } of logs)
    await bed.stores.builds.appendLog({ log, offset: 0, text: 'begun\n', cursor: '1' }, [], 1);
  await pollUntil('all streams to begin', () => streams.every(({ seen }) => seen.length === 1));
  const begun = { calls: bed.watch.calls, at: performance.now() };
  await pollUntil('a second', () => performance.now() - begun.at > 1_000);
  expect(bed.watch.calls - begun.calls).toBeLessThan(20 * ((performance.now() - begun.at) / 1000));
  // An ended attempt ends its stream although its log does not grow any more.
  for (const { build } of logs) await bed.stores.builds.append(build, [{ type: 'build.failed', failure }], 2);
  await Promise.all(streams.map(({ listening }) => listening));
});

it('sends a build with its events, loaded once for all streams after each change', async () => {
  const bed = await watchedBed();
  const { build } = await begunBuild(bed);
  const url = `${bed.address}/v1/builds/${build.id}/events?build=true`;
  const seen = Array.from({ length: 40 }, (): Streamed[] => []);
  // The first names an event that does not exist: it must not keep the others from what is new.
  const [, ...ended] = seen.map((each, n) =>
    listen(url + (n === 0 ? '&after=999999' : ''), { headers: bed.headers, seen: each }),
  );
  const builds = (each: readonly Streamed[]) =>
    each.filter(({ type }) => type === 'build').map(({ data }) => JSON.parse(data) as { state: string; jobs: unknown });
  await pollUntil('every stream to have the build', () => seen.every((each) => builds(each).length > 0));
  expect(builds(seen[1]!)[0]).toEqual((await bed.call({ method: 'GET', url: `/v1/builds/${build.id}` })).json);
  const { loads } = bed.watch;
  await bed.stores.builds.append(build, [{ type: 'build.failed', failure }], 2);
  await Promise.all(ended);
  for (const each of seen.slice(1)) {
    expect(each.slice(-3).map(({ type }) => type)).toEqual(['build.failed', 'build', 'end']);
    expect(builds(each).at(-1)).toMatchObject({ state: 'failed' });
    expect(each.at(-2)?.id).toBeUndefined();
  }
  expect(bed.watch.loads - loads).toBeLessThan(seen.length / 4);
  const again = await listen(`${url}&after=${seen[1]!.at(-3)!.id ?? ''}`, { headers: bed.headers });
  expect(again.map(({ type }) => type)).toEqual(['build', 'end']);
});

it.each([
  { type: 'build.failed', failure },
  { type: 'build.cancelled' },
  { type: 'build.superseded', supersededBy: 'newer' },
] as const)('ends the events of a build with $type', async (event) => {
  const bed = await watchedBed();
  const { build } = await begunBuild(bed);
  const seen: Streamed[] = [];
  const listening = listen(`${bed.address}/v1/builds/${build.id}/events`, { headers: bed.headers, seen });
  await pollUntil('the stream to begin', () => seen.length > 0);
  await bed.stores.builds.append(build, [event], 2);
  expect((await listening).slice(-2).map(({ type }) => type)).toEqual([event.type, 'end']);
});

it('sends the whole log to a slow client, even long after the fast ones have it', async () => {
  const bed = await watchedBed();
  const { build, log } = await begunBuild(bed);
  const url = `${bed.address}/v1/builds/${build.id}/logs/amd64`;
  const slow = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
    request(url, { headers: { ...bed.headers, accept: 'text/event-stream' } }, resolve)
      .once('error', reject)
      .end();
  });
  const seen: Streamed[] = [];
  const fast = listen(url, { headers: bed.headers, seen });
  const line = `${'x'.repeat(32 * 1024)}\n`;
  const lines = 600;
  for (let n = 0; n < lines; n += 1)
    await bed.stores.builds.appendLog({ log, offset: n * line.length, text: line, cursor: '1' }, [], 1);
  await pollUntil('the fast client to have all', () => seen.length === lines);
  await bed.stores.builds.append(build, [{ type: 'build.failed', failure }], 2);
  expect(logText(await fast).length).toBe(lines * line.length);
  let text = '';
  for await (const chunk of slow) text += chunk.toString();
  const ids = [...text.matchAll(/^id: (\d+)\nevent: log$/gm)].map(([, id]) => Number(id));
  expect(ids).toEqual(Array.from({ length: lines }, (_, n) => (n + 1) * line.length));
  expect(text).toContain('event: end');
});

it('keeps streams open while the store is unavailable, and resumes without a gap', async () => {
  const bed = await watchedBed();
  const { build, log } = await begunBuild(bed);
  await bed.stores.builds.appendLog({ log, offset: 0, text: 'one\n', cursor: '1' }, [], 1);
  const logSeen: Streamed[] = [];
  const eventsSeen: Streamed[] = [];
  const streams = [
    listen(`${bed.address}/v1/builds/${build.id}/logs/amd64`, { headers: bed.headers, seen: logSeen }),
    listen(`${bed.address}/v1/builds/${build.id}/events`, { headers: bed.headers, seen: eventsSeen }),
  ];
  await pollUntil('both streams to begin', () => logSeen.length > 0 && eventsSeen.length > 1);
  bed.watch.away = true;
  const { calls } = bed.watch;
  await bed.stores.builds.appendLog({ log, offset: 4, text: 'two\n', cursor: '2' }, [], 1);
  await bed.stores.builds.append(build, [{ type: 'build.failed', failure }], 2);
  await pollUntil('further polls', () => bed.watch.calls > calls + 3);
  expect((await bed.call({ method: 'GET', url: `/v1/builds/${build.id}` })).status).toBe(503);
  bed.watch.away = false;
  const [text, events] = await Promise.all(streams);
  expect(logText(text!)).toBe('one\ntwo\n');
  expect(events!.map(({ type }) => type)).toEqual(['build.created', 'job.intended', 'build.failed', 'end']);
});

it('ends the streams of a revoked token, and no others', async () => {
  const bed = await apiBed();
  const address = await bed.app.listen({ port: 0, host: '127.0.0.1' });
  const { build } = await begunBuild(bed);
  const url = `${address}/v1/builds/${build.id}/events`;
  const [revoked, kept] = [await bed.token('read', 'revoked'), await bed.token('read', 'kept')];
  const keptSeen: Streamed[] = [];
  const endingSeen: Streamed[] = [];
  const ending = listen(url, { headers: revoked, seen: endingSeen });
  const staying = listen(url, { headers: kept, seen: keptSeen });
  await pollUntil('both streams to begin', () => endingSeen.length === 2 && keptSeen.length === 2);
  const stored = (await bed.stores.tokens.list()).find(({ name }) => name === 'revoked');
  await bed.stores.tokens.revoke(stored!.id, Date.now());
  expect((await ending).at(-1)?.type).toBe('job.intended');
  await bed.stores.builds.append(build, [{ type: 'build.failed', failure }], 2);
  expect((await staying).at(-1)?.type).toBe('end');
});
