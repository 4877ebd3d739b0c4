import fastify from 'fastify';
import { expect, it } from 'vitest';
import { apiBed } from '../../test/helpers/api-bed.ts';
import { guard } from './auth/guard.ts';
import { newToken } from './auth/token.ts';
import { serviceLogger } from './logger.ts';

type Access = 'read' | 'build' | 'admin' | 'public';

/** Every route, as the application itself lists them: a new one cannot be forgotten here. */
async function routeTable(): Promise<readonly { method: string; url: string; access: Access }[]> {
  const { app } = await apiBed();
  const document = app.swagger() as { paths: Record<string, Record<string, { security?: { token: Access[] }[] }>> };
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      url: path.replace('{id}', '0123456789ab').replace('{platform}', 'arm64'),
      access: security?.[0]?.token[0] ?? 'public',
    })),
  );
  const documents = ['/openapi.json', '/docs'].map((url) => ({ method: 'GET', url, access: 'public' as const }));
  return [...described, ...documents];
}

const open = ['/docs', '/healthz', '/openapi.json', '/readyz'];

/** Guarded by signatures of what is sent (github-webhook.test.ts): no token is asked for, and none helps. */
const signed = ['/v1/webhooks/github'];

it('lets nobody in without a token, on any route but the open ones', async () => {
  const { call, token } = await apiBed();
  await token('read');
  const routes = await routeTable();
  expect(routes.length).toBeGreaterThan(12);
  expect(
    routes
      .filter(({ access }) => access === 'public')
      .map(({ url }) => url)
      .sort(),
  ).toEqual([...open, ...signed]);
  for (const { method, url, access } of routes.filter((route) => !signed.includes(route.url))) {
    const { status, json, headers } = await call({ method: method as 'GET', url });
    if (access === 'public') expect([url, status]).toEqual([url, 200]);
    else expect([url, status, json['code']]).toEqual([url, 401, 'TokenInvalid']);
    if (access !== 'public') expect(headers['www-authenticate']).toBe('Bearer realm="twinhull"');
  }
});

it('lets a token do no more than its scope says, on any route', async () => {
  const { call, token } = await apiBed();
  const read = await token('read');
  const build = await token('build');
  for (const url of signed) {
    const { status, json } = await call({ method: 'POST', url, headers: build });
    expect([url, status, json['code']]).toEqual([url, 404, 'WebhookNotSetUp']);
  }
  for (const { method, url, access } of (await routeTable()).filter((route) => !signed.includes(route.url))) {
    const changes = method !== 'GET';
    expect([url, access]).toEqual([url, changes ? 'build' : open.includes(url) ? 'public' : 'read']);
    const { status, json } = await call({ method: method as 'GET', url, headers: read });
    if (changes) expect([url, status, json['code']]).toEqual([url, 403, 'ScopeMissing']);
    else expect([401, 403]).not.toContain(status);
    expect([401, 403]).not.toContain((await call({ method: method as 'GET', url, headers: build })).status);
  }
});

it('cannot be given a route that does not say who may use it', async () => {
  const { parts } = await apiBed();
  const app = fastify();
  guard(app, { tokens: parts.tokens, clock: parts.clock, ...parts.options });
  expect(() => app.get('/new', () => 'x')).toThrow(/does not say who may use it/);
  expect(() => app.get('/new', { config: { access: 'read' } }, () => 'x')).not.toThrow();
});

it.each([
  ['none', ''],
  ['another scheme', 'Basic dXNlcjpwYXNz'],
  ['no form', 'Bearer th_x'],
  ['an unknown one', `Bearer ${newToken('x', 'admin', 0).token}`],
])('refuses as a token %s', async (_what, authorization) => {
  const { call } = await apiBed();
  const { status } = await call({ method: 'GET', url: '/v1/builds', headers: { authorization } });
  expect(status).toBe(401);
});

it('refuses the right id with another secret, and a revoked token', async () => {
  const { call, token, stores } = await apiBed();
  const headers = await token('admin');
  const get = async (authorization: string) =>
    (await call({ method: 'GET', url: '/v1/builds', headers: { authorization } })).status;
  const secret = headers.authorization.slice(-43);
  const other = (secret.startsWith('A') ? 'B' : 'A') + secret.slice(1);
  expect(await get(headers.authorization)).toBe(200);
  expect(await get(headers.authorization.replace(secret, other))).toBe(401);
  const [stored] = await stores.tokens.list();
  expect(JSON.stringify(stored)).not.toContain(secret);
  await stores.tokens.revoke(stored!.id, Date.now());
  expect(await get(headers.authorization)).toBe(401);
  expect((await call({ method: 'GET', url: '/v1/builds' })).status).toBe(401);
});

it('is open to this machine until there is a token, but to no page of another site', async () => {
  const { call } = await apiBed();
  const get = async (headers: Record<string, string>) =>
    (await call({ method: 'GET', url: '/v1/builds', headers })).status;
  expect(await get({ host: 'localhost:8080' })).toBe(200);
  expect(await get({ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' })).toBe(200);
  expect(await get({ host: '[::1]:8080' })).toBe(200);
  expect(await get({ host: 'rebound.example:8080' })).toBe(401);
  expect(await get({ host: 'localhost:8080', origin: 'https://site.example' })).toBe(401);
  expect(await get({ host: 'localhost:8080', origin: 'null' })).toBe(401);
});

it.each([{ loopbackOnly: false }, { publicUrl: 'https://builds.example' }])(
  'is never open where others reach it: %o',
  async (options) => {
    const { call } = await apiBed({ options });
    expect((await call({ method: 'GET', url: '/v1/builds', headers: { host: 'localhost' } })).status).toBe(401);
  },
);

it.each(['forwarded', 'x-forwarded-for', 'x-real-ip'])(
  'takes what a proxy sends by %s for no local request',
  async (name) => {
    const { call } = await apiBed();
    const headers = { host: 'localhost:8080', [name]: '127.0.0.1' };
    expect((await call({ method: 'GET', url: '/v1/builds', headers })).status).toBe(401);
  },
);

it('takes nobody for a guesser of tokens because the store does not answer', async () => {
  const { call, token, stores } = await apiBed({ options: { rateLimit: 1 } });
  const headers = await token('read');
  await stores.builds.close();
  for (let count = 0; count < 3; count += 1)
    expect((await call({ method: 'GET', url: '/v1/recipes', headers })).status).toBe(503);
});

it('takes so many requests a minute of each token', async () => {
  const { call, token } = await apiBed({ options: { rateLimit: 3 } });
  const one = await token('read');
  const two = await token('read');
  const get = (headers: object) => call({ method: 'GET', url: '/v1/recipes', headers: { ...headers } });
  for (let count = 0; count < 3; count += 1) expect((await get(one)).status).toBe(200);
  const refused = await get(one);
  expect([refused.status, refused.json['code']]).toEqual([429, 'TooManyRequests']);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await get(two)).status).toBe(200);
  for (let count = 0; count < 3; count += 1) expect((await get({})).status).toBe(401);
  expect((await get({})).status).toBe(429);
});

it('logs no token', async () => {
  const lines: string[] = [];
  const logger = serviceLogger({ write: (line: string) => lines.push(line) });
  const { call, token } = await apiBed({ options: { logger } });
  const headers = await token('admin');
  await call({ method: 'GET', url: '/v1/builds', headers });
  logger.info({ req: { headers }, headers, authorization: headers.authorization }, 'all of it');
  expect(lines.some((line) => line.includes('/v1/builds'))).toBe(true);
  expect(lines.join('')).not.toContain(headers.authorization.slice(-43));
});
