import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { Connection } from './connection.ts';
import { readStream } from './stream.ts';
import { readText } from './text.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A service that sends these answers in turn, and repeats the last one. */
async function serviceOf(...answers: readonly Answer[]) {
  const lastIds: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(lastIds.length, answers.length - 1)];
    lastIds.push(request.headers['last-event-id'] as string | undefined);
    answer!(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, lastIds, connection: new Connection({ url }) };
}

const stream =
  (text: string, cut = false): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text, () => (cut ? response.destroy() : response.end()));
  };
const event = (id: number) => `id: ${id}\nevent: thing\ndata: {"n":${id}}\n\n`;
const problem =
  (status: number, code: string): Answer =>
  (_request, response) =>
    void response.writeHead(status).end(JSON.stringify({ code, detail: 'so it is', hint: 'wait' }));

async function numbers(events: AsyncIterable<{ data: unknown }>): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const { data } of events) list.push((data as { n: number }).n);
  return list;
}

it('resumes after the last event across any failures, until the end', async () => {
  const { url, lastIds, connection } = await serviceOf(
    stream(event(1) + event(2) + 'id: 3\nevent: thi', true),
    (request) => request.socket.destroy(),
    problem(503, 'StoreUnavailable'),
    problem(429, 'TooManyRequests'),
    (_request, response) => void response.writeHead(502).end('<p>bad gateway'),
    stream(': still here\n\n'),
    stream(event(3)),
    stream('event: end\ndata: {}\n\n'),
  );
  const breaks: (TwinhullError | undefined)[] = [];
  const onBreak = (reason: TwinhullError | undefined): void => void breaks.push(reason);
  expect(await numbers(readStream(connection, url, { onBreak, firstPause: 5 }))).toEqual([1, 2, 3]);
  expect(lastIds).toEqual([undefined, '2', '2', '2', '2', '2', '2', '3']);
  expect(breaks.map((reason) => reason?.code)).toEqual([
    'ServerUnreachable',
    'ServerUnreachable',
    'StoreUnavailable',
    'TooManyRequests',
    'ServerUnreachable',
    undefined,
    undefined,
  ]);
});

it('stops reconnecting once the service has no more events', async () => {
  const { url, lastIds, connection } = await serviceOf(
    stream(event(1)),
    (_request, response) => void response.writeHead(204).end(),
  );
  expect(await numbers(readStream(connection, url))).toEqual([1]);
  expect(lastIds).toEqual([undefined, '1']);
});

it('starts at a given event id', async () => {
  const { url, lastIds, connection } = await serviceOf(stream('event: end\ndata: {}\n\n'));
  expect(await numbers(readStream(connection, url, { lastId: '12,arm64-1:3' }))).toEqual([]);
  expect(lastIds).toEqual(['12,arm64-1:3']);
});

it('gives up at once on a permanent error, and on others when its patience ends', async () => {
  const gone = await serviceOf(problem(404, 'BuildNotFound'));
  await expect(numbers(readStream(gone.connection, gone.url))).rejects.toMatchObject({ code: 'BuildNotFound' });
  expect(gone.lastIds).toHaveLength(1);
  const dead = await serviceOf(problem(503, 'StoreUnavailable'));
  const impatient = readStream(dead.connection, dead.url, { patience: 50, firstPause: 5 });
  await expect(numbers(impatient)).rejects.toMatchObject({ code: 'StoreUnavailable' });
  expect(dead.lastIds.length).toBeGreaterThan(1);
});

it('measures its patience from the break, not from the start of the broken response', async () => {
  const { url, connection } = await serviceOf(
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event(1));
      setTimeout(() => response.destroy(), 300);
    },
    stream(event(2) + 'event: end\ndata: {}\n\n'),
  );
  expect(await numbers(readStream(connection, url, { patience: 200, firstPause: 5 }))).toEqual([1, 2]);
});

it('ends when aborted', async () => {
  const { url, connection } = await serviceOf((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event(1));
  });
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const { id } of readStream(connection, url, { signal: stop.signal })) {
    seen.push(id);
    stop.abort();
  }
  expect(seen).toEqual(['1']);
});

it('resumes broken text where it stopped, and gives up if no more arrives', async () => {
  const part =
    (text: string, cut: boolean): Answer =>
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '9' });
      response.write(text, () => (cut ? response.destroy() : response.end()));
    };
  const { url, connection } = await serviceOf(part('één ', true), part('één tw', true), part('één two', false));
  const pieces: string[] = [];
  for await (const text of readText(connection, url)) pieces.push(text);
  expect(pieces.join('')).toBe('één two');
  const broken = await serviceOf(part('a', true));
  const reading = readText(broken.connection, broken.url);
  expect((await reading.next()).value).toBe('a');
  await expect(reading.next()).rejects.toMatchObject({ code: 'ServerUnreachable' });
  expect(broken.lastIds).toHaveLength(3);
});

it('requests the rest of a log for the attempt that it began with', async () => {
  const urls: (string | undefined)[] = [];
  const answer =
    (text: string, cut: boolean): Answer =>
    (request, response) => {
      urls.push(request.url);
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '4', 'twinhull-attempt': '2' });
      response.write(text, () => (cut ? response.destroy() : response.end()));
    };
  const { url, connection } = await serviceOf(answer('on', true), answer('once', false));
  const pieces: string[] = [];
  for await (const text of readText(connection, url)) pieces.push(text);
  expect(pieces.join('')).toBe('once');
  expect(urls.map((path) => new URL(path ?? '', url).search)).toEqual(['', '?attempt=2']);
});
