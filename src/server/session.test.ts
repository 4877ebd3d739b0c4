import { expect, it } from 'vitest';
import { type ApiBed, apiBed } from '../../test/helpers/api-bed.ts';
import { newSession } from './auth/sessions.ts';

const own = { host: 'builds.example:8080', 'twinhull-request': '1' };

const textOf = ({ authorization }: { authorization: string }): string => authorization.replace('Bearer ', '');

/** Signs in. @returns the headers of the browser afterwards */
async function signIn({ call }: ApiBed, payload: object, headers: Record<string, string> = own) {
  const answer = await call({ method: 'POST', url: '/v1/session', headers, payload });
  const cookie = String(answer.headers['set-cookie']);
  return { answer, cookie, browser: { ...headers, cookie: cookie.split(';')[0] ?? '' } };
}

it('signs in with a token, out again, and keeps neither token nor cookie in the store', async () => {
  const bed = await apiBed({ anonymous: true });
  const token = textOf(await bed.token('build', 'ada'));
  const { answer, cookie, browser } = await signIn(bed, { token });
  expect([answer.status, answer.json], answer.text).toEqual([
    200,
    { name: 'ada', scope: 'build', expiresAt: expect.any(String) },
  ]);
  expect(cookie).toMatch(
    /^twinhull-session-8080=ts_[0-9a-z]{12}_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/,
  );
  expect(answer.text).not.toContain(token);
  const id = browser.cookie.split('_')[1] ?? '';
  expect(JSON.stringify(await bed.stores.sessions.find(id))).not.toContain(browser.cookie.slice(-43));
  expect((await bed.call({ method: 'GET', url: '/v1/session', headers: browser })).json['name']).toBe('ada');
  const out = await bed.call({ method: 'DELETE', url: '/v1/session', headers: browser });
  expect([out.status, out.headers['set-cookie']]).toEqual([200, expect.stringContaining('session-8080=; ')]);
  expect((await bed.call({ method: 'GET', url: '/v1/builds', headers: browser })).status).toBe(401);
});

it.each([
  ['x-forwarded-proto', 'https'],
  ['forwarded', 'for=192.0.2.1;proto=https'],
])('binds the cookie to TLS where the proxy reports it in %s', async (name, value) => {
  const bed = await apiBed({ anonymous: true });
  const token = textOf(await bed.token('read'));
  const { cookie, browser } = await signIn(bed, { token }, { ...own, [name]: value });
  expect(cookie).toMatch(/^__Host-twinhull-session=.*; Secure$/);
  expect((await bed.call({ method: 'GET', url: '/v1/builds', headers: browser })).status).toBe(200);
});

it('gives the browser the scope of the token, no more', async () => {
  const bed = await apiBed({ anonymous: true });
  const { browser } = await signIn(bed, { token: textOf(await bed.token('read')) });
  const refused = await bed.call({ method: 'POST', url: '/v1/plans', headers: browser, payload: {} });
  expect([refused.status, refused.json['code']]).toEqual([403, 'ScopeMissing']);
});

it.each([
  ['without our own header', { host: own.host }],
  ['of another site', { ...own, 'sec-fetch-site': 'cross-site' }],
  ['of another port of this host', { ...own, 'sec-fetch-site': 'same-site' }],
])('refuses a change %s, also to sign in', async (_what, headers) => {
  const bed = await apiBed({ anonymous: true });
  const token = textOf(await bed.token('admin'));
  const { browser } = await signIn(bed, { token });
  for (const sent of [
    { method: 'POST' as const, url: '/v1/builds/0123456789ab/cancel', headers: { ...headers, cookie: browser.cookie } },
    { method: 'POST' as const, url: '/v1/session', headers, payload: { token } },
  ]) {
    const { status, json } = await bed.call(sent);
    expect([status, json['code']]).toEqual([403, 'NotAllowedHere']);
  }
});

it('never continues a session that was there before', async () => {
  const bed = await apiBed({ anonymous: true });
  const token = textOf(await bed.token('admin'));
  const planted = await signIn(bed, { token });
  const { browser } = await signIn(bed, { token }, planted.browser);
  expect(browser.cookie).not.toBe(planted.browser.cookie);
  expect((await bed.call({ method: 'GET', url: '/v1/builds', headers: planted.browser })).status).toBe(401);
  const invented = {
    ...own,
    cookie: 'twinhull-session-8080=ts_aaaaaaaaaaaa_0123456789012345678901234567890123456789012',
  };
  expect((await bed.call({ method: 'GET', url: '/v1/builds', headers: invented })).status).toBe(401);
});

it('ends a session when its token is revoked, and when it expires', async () => {
  const bed = await apiBed({ anonymous: true });
  const { browser } = await signIn(bed, { token: textOf(await bed.token('admin')) });
  const [stored] = await bed.stores.tokens.list();
  await bed.stores.tokens.revoke(stored?.id ?? '', Date.now());
  expect((await bed.call({ method: 'GET', url: '/v1/builds', headers: browser })).status).toBe(401);

  await bed.token('admin', 'second');
  const second = (await bed.stores.tokens.list()).find(({ name }) => name === 'second');
  const expired = newSession('session', second?.id ?? '', Date.now() - 8 * 24 * 3_600_000);
  await bed.stores.sessions.create(expired.stored);
  const headers = { ...own, cookie: `twinhull-session-8080=${expired.text}` };
  expect((await bed.call({ method: 'GET', url: '/v1/builds', headers })).status).toBe(401);
});

it('accepts a link once, and neither kind in place of the other', async () => {
  const bed = await apiBed({ anonymous: true });
  await bed.token('local');
  const [token] = await bed.stores.tokens.list();
  const { text, stored } = newSession('link', token?.id ?? '', Date.now());
  await bed.stores.sessions.create(stored);
  const here = { ...own, host: '127.0.0.1:8080', 'sec-fetch-site': 'same-origin' };
  const asCookie = { ...here, cookie: `twinhull-session-8080=${text}` };
  expect((await bed.call({ method: 'GET', url: '/v1/builds', headers: asCookie })).status).toBe(401);
  const { answer, browser } = await signIn(bed, { link: text }, here);
  expect([answer.status, answer.json['scope']], answer.text).toEqual([200, 'admin']);
  expect((await bed.call({ method: 'GET', url: '/v1/builds', headers: browser })).status).toBe(200);
  expect((await signIn(bed, { link: text }, here)).answer.status).toBe(401);
  // A local token is for requests to this machine, and so is its session.
  const elsewhere = { ...browser, host: 'rebound.example:8080' };
  expect((await bed.call({ method: 'GET', url: '/v1/builds', headers: elsewhere })).status).toBe(401);
});

it('slows down guessing', async () => {
  const bed = await apiBed({ anonymous: true, options: { rateLimit: 2 } });
  const guess = async () => (await signIn(bed, { token: 'th_guess' })).answer.status;
  expect([await guess(), await guess(), await guess()]).toEqual([401, 401, 429]);
});
