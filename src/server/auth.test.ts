import fastify from 'fastify';
import { expect, it } from 'vitest';
import { type ApiBedOptions, apiBed } from '../../test/helpers/api-bed.ts';
import { guard } from './auth/guard.ts';
import { newToken } from './auth/token.ts';
import { serviceLogger } from './logger.ts';

const anonymousBed = (options: ApiBedOptions = {}) => apiBed({ ...options, anonymous: true });

type Access = 'read' | 'build' | 'admin' | 'public';

/** Every route as the application lists it, so that a new one cannot be forgotten here. */
async function routeTable(): Promise<readonly { method: string; url: string; access: Access }[]> {
  const { app } = await anonymousBed();
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

/** Starts containers and names files of the host. */
const diagnosis = '/v1/diagnosis';
const open = ['/docs', '/healthz', '/openapi.json', '/readyz', '/v1/sign-in'];

/** Where a browser without a session signs in: answers are pages (openid.test.ts). */
const signIn = ['/v1/sign-in/openid', '/v1/sign-in/openid/callback'];

/** Guarded by a signature of the body (github-webhook.test.ts): a token is neither required nor sufficient. */
const signed = ['/v1/webhooks/github'];

/** Signing in takes the token in its body, and signing out needs no more than to be signed in (session.test.ts). */
const session = '/v1/session';

it('requires a token on every route except the public ones', async () => {
  const { call, token } = await anonymousBed();
  await token('read');
  const routes = (await routeTable()).filter(
    ({ method, url }) => !signIn.includes(url) && (url !== session || method === 'GET'),
  );
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

it('limits a token to its scope on every route', async () => {
  const { call, token } = await anonymousBed();
  const read = await token('read');
  const build = await token('build');
  const admin = await token('admin');
  for (const url of signed) {
    const { status, json } = await call({ method: 'POST', url, headers: build });
    expect([url, status, json['code']]).toEqual([url, 404, 'WebhookNotSetUp']);
  }
  const routes = (await routeTable()).filter(({ url }) => ![session, ...signed, ...signIn].includes(url));
  for (const { method, url, access } of routes) {
    const changes = method !== 'GET';
    const needed = url === diagnosis ? 'admin' : changes ? 'build' : open.includes(url) ? 'public' : 'read';
    expect([url, access]).toEqual([url, needed]);
    for (const [scope, headers] of Object.entries({ read, build, admin })) {
      const { status, json } = await call({ method: method as 'GET', url, headers });
      const mayNot = (needed === 'admin' && scope !== 'admin') || (needed === 'build' && scope === 'read');
      if (mayNot) expect([url, scope, status, json['code']]).toEqual([url, scope, 403, 'ScopeMissing']);
      else expect([401, 403], `${url} with scope ${scope}`).not.toContain(status);
    }
  }
});

it('rejects a route that does not declare its access', async () => {
  const { parts } = await anonymousBed();
  const app = fastify();
  guard(app, { ...parts, ...parts.options });
  expect(() => app.get('/new', () => 'x')).toThrow(/does not declare its required scope/);
  expect(() => app.get('/new', { config: { access: 'read' } }, () => 'x')).not.toThrow();
});

it.each([
  ['none', ''],
  ['another scheme', 'Basic dXNlcjpwYXNz'],
  ['no form', 'Bearer th_x'],
  ['an unknown one', `Bearer ${newToken('x', 'admin', 0).token}`],
])('refuses %s as a token', async (_what, authorization) => {
  const { call } = await anonymousBed();
  const { status } = await call({ method: 'GET', url: '/v1/builds', headers: { authorization } });
  expect(status).toBe(401);
});

it('refuses the right id with a wrong secret, and a revoked token', async () => {
  const { call, token, stores } = await anonymousBed();
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

it.each([{}, { publicUrl: 'https://builds.example' }])(
  'requires a token even for requests from this machine: %o',
  async (options) => {
    const { call } = await anonymousBed({ options });
    for (const host of ['localhost:8080', '127.0.0.1:8080', '[::1]:8080'])
      expect((await call({ method: 'GET', url: '/v1/builds', headers: { host } })).status).toBe(401);
  },
);

it('accepts the local token from local programs, but not from pages of other sites', async () => {
  const { call, token } = await anonymousBed();
  const local = await token('local');
  const get = async (headers: Record<string, string>, remoteAddress = '127.0.0.1') =>
    (await call({ method: 'GET', url: '/v1/builds', remoteAddress, headers: { ...local, ...headers } })).status;
  expect(await get({ host: 'localhost:8080' })).toBe(200);
  expect(await get({ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' })).toBe(200);
  expect(await get({ host: '[::1]:8080' }, '::1')).toBe(200);
  expect(await get({ host: 'localhost:8080' }, '::ffff:127.0.0.1')).toBe(200);
  expect(await get({ host: 'rebound.example:8080' })).toBe(401);
  expect(await get({ host: 'localhost:8080', origin: 'https://site.example' })).toBe(401);
  expect(await get({ host: 'localhost:8080', origin: 'null' })).toBe(401);
  expect(await get({ host: 'localhost:8080' }, '192.0.2.7')).toBe(401);
});

it.each([
  ['forwarded', 'for=127.0.0.1'],
  ['via', '1.1 proxy'],
  ['x-real-ip', '127.0.0.1'],
  ['x-client-ip', '127.0.0.1'],
  ['x-original-host', 'builds.example'],
  ['cf-connecting-ip', '127.0.0.1'],
  ...[
    'x-forwarded',
    'x-forwarded-for',
    'X-Forwarded-Host',
    'x-forwarded-proto',
    'x-forwarded-port',
    'x-forwarded-ssl',
  ].map((name): [string, string] => [name, 'anything']),
  ['x-forwarded-prefix', ''],
])('refuses the local token in a request that a proxy marked with %s', async (name, value) => {
  const { call, token } = await anonymousBed();
  const headers = { ...(await token('local')), host: 'localhost:8080', [name]: value };
  expect((await call({ method: 'GET', url: '/v1/builds', headers })).status).toBe(401);
});

it('does not count requests as token guesses while the store is unavailable', async () => {
  const { call, token, stores } = await anonymousBed({ options: { rateLimit: 1 } });
  const headers = await token('read');
  await stores.builds.close();
  for (let count = 0; count < 3; count += 1)
    expect((await call({ method: 'GET', url: '/v1/recipes', headers })).status).toBe(503);
});

it('limits the requests per minute of each token', async () => {
  const { call, token } = await anonymousBed({ options: { rateLimit: 3 } });
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

it('logs no tokens', async () => {
  const lines: string[] = [];
  const logger = serviceLogger({ write: (line: string) => lines.push(line) });
  const { call, token } = await anonymousBed({ options: { logger } });
  const headers = await token('admin');
  await call({ method: 'GET', url: '/v1/builds', headers });
  logger.info({ req: { headers }, headers, authorization: headers.authorization }, 'all of it');
  expect(lines.some((line) => line.includes('/v1/builds'))).toBe(true);
  expect(lines.join('')).not.toContain(headers.authorization.slice(-43));
});
