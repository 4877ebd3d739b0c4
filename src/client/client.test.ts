import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createBuild } from '../../test/contract/build-store/open-store.ts';
import { type ApiBedOptions, apiBed, commit, destination, inlineRecipe } from '../../test/helpers/api-bed.ts';
import { amd64, samplePlan } from '../../test/helpers/sample-builds.ts';
import { failedBuild, publishedBuild } from '../../test/helpers/shown-builds.ts';
import { type Send, TwinhullClient } from './client.ts';

async function clientOfBed(options: ApiBedOptions = {}, token?: string) {
  const bed = await apiBed(options);
  const url = await bed.app.listen({ port: 0, host: '127.0.0.1' });
  return { ...bed, url, client: new TwinhullClient({ url, token: () => token ?? bed.headers.authorization.slice(7) }) };
}

/** A client of a server that is not a Twinhull service, or a faulty one. */
async function clientOf(listener: RequestListener): Promise<TwinhullClient> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new TwinhullClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

it('submits, gets, lists, cancels and plans builds, and lists recipes', async () => {
  const { client } = await clientOfBed();
  const body = { commit, recipe: inlineRecipe };
  const { outcome, build } = await client.submit(body);
  expect([outcome, build.state, build.destination]).toEqual(['created', 'building', destination]);
  expect((await client.submit(body)).outcome).toBe('joined');
  expect(await client.build(build.id)).toEqual(build);
  expect((await client.cancel(build.id)).cancelRequestedAt).not.toBeNull();
  expect((await client.events({ buildId: build.id })).events.map(({ event }) => event.type)).toEqual([
    'build.created',
    'build.cancel-requested',
  ]);
  expect((await client.events({ limit: 1 })).events).toHaveLength(1);
  expect((await client.plan(body)).tags[0]?.tag).toBe(commit);
  expect((await client.recipes()).map(({ name }) => name)).toEqual(['vecoli']);
});

it('lists all builds over several pages', async () => {
  const { client, stores } = await clientOfBed();
  for (let count = 0; count < 5; count += 1)
    await createBuild(stores.builds, { state: 'failed' }, samplePlan({ repository: `registry.example/r${count}` }));
  const ids = (await all(client.builds({ limit: 2 }))).map(({ id }) => id);
  expect(ids).toEqual((await stores.builds.list({ limit: 9 })).map(({ id }) => id));
  expect((await client.listBuilds({ limit: 2 })).next).toBe(ids[1]);
  expect(await all(client.builds({ limit: 2, state: ['published'] }))).toEqual([]);
});

it('lists published images, and moves tags to them', async () => {
  const { client, stores, registry } = await clientOfBed();
  const digest = registry.push(commit, amd64, 'salt');
  const [first] = publishedBuild().tags;
  await stores.builds.create(
    publishedBuild({ destination, tags: [{ ...first!, newDigest: digest }] }),
    samplePlan(),
    [],
  );
  expect((await client.images({ commit }))[0]?.tags[0]?.digest).toBe(digest);
  expect(await client.promote({ commit, tag: 'stable' })).toMatchObject({ digest });
  expect(registry.peek('stable')).toBe(digest);
});

it('reads logs and events to their end, as text and as streams', async () => {
  const { client, stores } = await clientOfBed();
  const { build } = await createBuild(stores.builds);
  const job = { platform: amd64, attempt: 1 } as const;
  const name = `twinhull-${build.id}-amd64-1`;
  const sent = await stores.builds.append(build, [{ type: 'job.intended', ...job, name }], 1);
  await stores.builds.appendLog({ log: { buildId: build.id, ...job }, offset: 0, text: 'é\nb\n', cursor: '1' }, [], 1);
  await stores.builds.append(sent, [{ type: 'build.failed', failure: failedBuild().failure! }], 3);
  expect((await all(client.log(build.id, 'amd64'))).join('')).toBe('é\nb\n');
  expect((await all(client.rawLog(build.id, 'amd64', 1))).join('')).toBe('é\nb\n');
  expect(await client.logLines(build.id, 'amd64', { search: 'B' })).toMatchObject({
    lines: [{ number: 2, text: 'b' }],
  });
  expect(await client.comparison(build.id)).toEqual({ buildId: build.id, baseline: null, jobs: [] });
  const pattern = { search: '^[bc]$', regex: 'true' } as const;
  expect(await client.logMatches(build.id, 'amd64', pattern)).toMatchObject({ numbers: [2], complete: true });
  expect(await client.logLines(build.id, 'amd64')).toMatchObject({ attempt: 1, next: 3, complete: true });
  expect(await all(client.followLog(build.id, 'amd64'))).toEqual([{ text: 'é\nb\n', next: 5 }]);
  const events = await all(client.followEvents(build.id));
  expect(events.map(({ event }) => event.type)).toEqual(['build.created', 'job.intended', 'build.failed']);
  expect(await all(client.followEvents(build.id, { after: events.at(-1)!.sequence }))).toEqual([]);
  const followed = await all(client.follow(build.id));
  expect(followed.map((item) => (item.kind === 'log' ? item.text : item.event.type))).toEqual([
    'build.created',
    'job.intended',
    'build.failed',
    'é\nb\n',
  ]);
});

it('throws the error of the service with its code, message and hint', async () => {
  const { client } = await clientOfBed();
  await expect(client.build('0123456789ab')).rejects.toMatchObject({
    code: 'BuildNotFound',
    message: 'no build has the id "0123456789ab"',
    hint: 'see `twinhull list`',
  });
  await expect(client.build('../images')).rejects.toMatchObject({ code: 'BuildNotFound' });
  await expect(client.submit({ commit, recipe: 'nosuch' })).rejects.toMatchObject({
    code: 'RecipeNotFound',
    hint: 'name a preset (vecoli), or send the recipe itself',
  });
  await expect(all(client.followEvents('0123456789ab'))).rejects.toMatchObject({ code: 'BuildNotFound' });
  await expect(all(client.log('0123456789ab', 'arm64'))).rejects.toMatchObject({ code: 'BuildNotFound' });
});

it('sends its token, and reports its refusal', async () => {
  const bed = await clientOfBed();
  const { authorization } = await bed.token('read');
  const withToken = (token: string) => new TwinhullClient({ url: bed.url, token: () => token });
  const reader = withToken(authorization.replace('Bearer ', ''));
  expect((await reader.listBuilds()).builds).toEqual([]);
  await expect(reader.submit({ commit, recipe: 'vecoli' })).rejects.toMatchObject({
    code: 'ScopeMissing',
    source: 'user',
  });
  await expect(new TwinhullClient({ url: bed.url }).listBuilds()).rejects.toMatchObject({
    code: 'TokenInvalid',
    source: 'user',
  });
  await expect(all(withToken('th_wrong').followEvents(undefined))).rejects.toMatchObject({ code: 'TokenInvalid' });
});

it('distinguishes an unreachable service from a server that is not Twinhull', async () => {
  const unreachable = new TwinhullClient({ url: 'http://127.0.0.1:9' });
  await expect(unreachable.listBuilds()).rejects.toMatchObject({
    code: 'ServerUnreachable',
    source: 'backend',
    message: expect.stringMatching(/^no response from 127\.0\.0\.1:9: /) as string,
  });
  const page = await clientOf((_request, response) => response.setHeader('content-type', 'text/html').end('<p>hello'));
  await expect(page.listBuilds()).rejects.toMatchObject({ code: 'ServerRefused' });
  await expect(all(page.followEvents(undefined))).rejects.toMatchObject({ code: 'ServerRefused' });
  const teapot = await clientOf((_request, response) => response.writeHead(418).end('short and stout'));
  await expect(teapot.listBuilds()).rejects.toMatchObject({ code: 'ServerRefused' });
  const later = { code: 'OfALaterRelease', detail: 'it is too late', hint: 'come earlier' };
  const newer = await clientOf((_request, response) => response.writeHead(409).end(JSON.stringify(later)));
  await expect(newer.listBuilds()).rejects.toMatchObject({
    code: 'ServerRefused',
    message: 'it is too late (OfALaterRelease)',
    hint: 'come earlier',
  });
});

it('does not follow redirects, since the token is only for the configured address', async () => {
  const seen: string[] = [];
  const moved = await clientOf(({ url }, response) => {
    seen.push(url ?? '');
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  await expect(moved.listBuilds()).rejects.toMatchObject({ code: 'ServerUnreachable' });
  expect(seen).not.toContain('/elsewhere');
});

it('repeats a lost request with the same key, but sends a retry only once', async () => {
  const keys: unknown[] = [];
  let tries = 0;
  const client = await clientOf(({ headers, url, socket }, response) => {
    tries += 1;
    keys.push(headers['idempotency-key']);
    if (tries === 1 || url?.endsWith('/retry')) socket.destroy();
    else response.setHeader('content-type', 'application/json').end('{"outcome":"created"}');
  });
  await client.submit({ commit, recipe: 'vecoli' });
  expect(tries).toBe(2);
  expect(keys[0]).toBe(keys[1]);
  await expect(client.retry('0123456789ab')).rejects.toMatchObject({ code: 'ServerUnreachable' });
  expect(tries).toBe(3);
});

it.each(['ftp://host', 'nonsense', 'https://me:secret@host', 'https://host/?a=1'])(
  'rejects %s as an address',
  (url) => {
    expect(() => new TwinhullClient({ url })).toThrow(expect.objectContaining({ code: 'ArgumentInvalid' }));
  },
);

it.each([
  'http://service.example',
  'HTTP://Service.Example:8080/base',
  'http://localhost.service.example',
  'http://127.0.0.1.nip.io',
  'http://localhost.',
  'http://10.0.0.1',
  'http://[::ffff:127.0.0.1]',
  'http://0.0.0.0:8080',
])('sends no token to %s, which is neither https nor loopback, unless allowed', (url) => {
  let sent = 0;
  const send: Send = async () => {
    sent += 1;
    return new Response('{"builds":[],"next":null}', { headers: { 'content-type': 'application/json' } });
  };
  const token = () => expect.fail('the token was read');
  expect(() => new TwinhullClient({ url, token, send })).toThrow(
    expect.objectContaining({
      code: 'ArgumentInvalid',
      hint: expect.stringContaining('TWINHULL_INSECURE_SERVER=allow') as string,
    }),
  );
  expect(() => new TwinhullClient({ url, insecure: true, token, send })).not.toThrow();
  expect(sent).toBe(0);
});

it.each(['http://127.0.0.1:1', 'http://LOCALHOST:1', 'http://[::1]:1', 'https://service.example', 'http://0x7f.1'])(
  'accepts %s by default',
  (url) => {
    expect(() => new TwinhullClient({ url })).not.toThrow();
  },
);

it('keeps the path prefix of a proxy', async () => {
  const paths: unknown[] = [];
  const server = createServer(({ url }, response) => {
    paths.push(url);
    response.setHeader('content-type', 'application/json').end('{"builds":[],"next":null}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/builds-of/us/`;
  await new TwinhullClient({ url: address }).listBuilds();
  expect(paths).toEqual(['/builds-of/us/v1/builds']);
});
