import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { repository } from '../../test/helpers/api-bed.ts';
import {
  type Browser,
  signInBed as openBed,
  type SignInBed,
  type SignInBedOptions,
  sharedProvider,
} from '../../test/helpers/sign-in-bed.ts';
import { newSession } from './auth/sessions.ts';
import { newSignIn } from './auth/sign-in.ts';
import { hashOf } from './auth/token.ts';

const provider = sharedProvider();
const terse = sharedProvider({ inIdToken: false });

const signInBed = (options?: SignInBedOptions): Promise<SignInBed> => openBed(provider(), options);

const shownText = (html: string): string => html.replaceAll(/<[^>]+>/g, ' ');

/** Expects a page for people with this code and text, and no session. */
function expectRefused(
  { status, text, headers }: Awaited<ReturnType<Browser['get']>>,
  browser: Browser,
  expected: { status: number; code: string; message: RegExp },
): void {
  expect([status, headers['content-type']], text).toEqual([expected.status, 'text/html; charset=utf-8']);
  expect(text).toContain(`<code>${expected.code}</code>`);
  expect(shownText(text)).toMatch(expected.message);
  expect(shownText(text)).toContain('Back to sign-in');
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
  expect(browser.cookie('session')).toBeUndefined();
}

const refused = (message: RegExp) => ({ status: 403, code: 'SignInRefused', message });

async function whoIs(browser: Browser): Promise<unknown> {
  const { status, json } = await browser.get('/v1/session');
  return status === 200 ? [json['name'], json['scope']] : status;
}

it('signs a person in with the widest scope of their groups, and returns to the page', async () => {
  const bed = await signInBed();
  const browser = bed.browser();
  const methods = await browser.get('/v1/sign-in');
  const name = new URL(bed.provider.issuer).host;
  expect(methods.json).toEqual({ openId: { name, url: 'http://localhost:8080/v1/sign-in/openid' } });
  const started = new URL(await bed.start(browser));
  expect(Object.fromEntries(started.searchParams)).toMatchObject({
    response_type: 'code',
    code_challenge_method: 'S256',
    scope: 'openid email profile',
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
  });
  const answer = await bed.signIn(browser, '/builds/0123456789ab#arm64-L3');
  expect([answer.status, answer.headers['location']]).toEqual([303, '/builds/0123456789ab#arm64-L3']);
  const [gone, session] = answer.headers['set-cookie'] as unknown as string[];
  expect(gone).toMatch(/^twinhull-sign-in-8080=; Path=\/; HttpOnly; SameSite=Lax; Max-Age=0$/);
  expect(session).toMatch(/^twinhull-session-8080=ts_\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  expect(await whoIs(browser)).toEqual(['ada@example.org', 'build']);
});

it('ends at any replica, and at one of several', async () => {
  const bed = await signInBed();
  const { tokens, sessions, signIns } = bed.stores;
  const other = await signInBed({ parts: { tokens, sessions, signIns } });
  const here = bed.browser();
  const callback = await bed.attest(here);
  const there = other.browser();
  there.plant('sign-in', here.cookie('sign-in') ?? '');
  const answers = await Promise.all([there.get(callback), here.get(callback)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([303, 403]);
  here.plant('session', there.cookie('session') ?? here.cookie('session') ?? '');
  expect(await whoIs(here)).toEqual(['ada@example.org', 'build']);
});

it('records the person as who submitted', async () => {
  const bed = await signInBed();
  const browser = bed.browser();
  await bed.signIn(browser);
  const recipe = { version: 1, name: 'one', images: { app: { dockerfile: {} } } };
  const made = await browser.send('POST', '/v1/builds', { recipe, repository, ref: 'main' });
  expect(made.status, made.text).toBeLessThan(300);
  expect((await browser.get('/v1/builds')).text).toContain('"submittedBy":"ada@example.org"');
});

it('refuses what the scope of a reader does not allow', async () => {
  const bed = await signInBed();
  bed.provider.account = 'bob';
  const browser = bed.browser();
  await bed.signIn(browser);
  expect(await whoIs(browser)).toEqual(['bob@example.org', 'read']);
  const { status, json } = await browser.send('POST', '/v1/builds', {});
  expect([status, json['code']]).toEqual([403, 'ScopeMissing']);
  expect(json['detail']).toBe('the session of "bob@example.org" has scope read, not build');
});

it('reads groups from the userinfo endpoint where ID tokens have none', async () => {
  const bed = await openBed(terse());
  const browser = bed.browser();
  await bed.signIn(browser);
  expect(await whoIs(browser)).toEqual(['ada@example.org', 'build']);
});

it('reads the email address from the userinfo endpoint where ID tokens have groups alone', async () => {
  const bed = await openBed(terse());
  bed.provider.alter = (claims) => ({ ...claims, groups: ['readers'] });
  const browser = bed.browser();
  await bed.signIn(browser);
  expect(await whoIs(browser)).toEqual(['ada@example.org', 'read']);
});

it('refuses a person without a group, and ends the sessions that they had', async () => {
  const bed = await signInBed();
  const earlier = bed.browser();
  await bed.signIn(earlier);
  expect(await whoIs(earlier)).toEqual(['ada@example.org', 'build']);
  bed.provider.alter = (claims) => ({ ...claims, groups: ['visitors', '*'] });
  const browser = bed.browser();
  expectRefused(await bed.signIn(browser), browser, {
    status: 403,
    code: 'GroupMissing',
    message: /"ada@example.org" is in no group|&quot;ada@example.org&quot; is in no group/,
  });
  expect(await whoIs(earlier)).toBe(401);
});

it('ends sessions at sign-out, at both sides, and when an operator revokes the person', async () => {
  const bed = await signInBed();
  const browser = bed.browser();
  await bed.signIn(browser);
  const stolen = bed.browser();
  stolen.plant('session', browser.cookie('session') ?? '');
  const cookie = browser.cookie('session') ?? '';
  const [, id = ''] = cookie.split('_');
  const kept = await bed.stores.sessions.find(id);
  const out = await browser.send('DELETE', '/v1/session');
  const url = new URL(String(out.json['signOutUrl']));
  const hint = url.searchParams.get('id_token_hint') ?? '';
  const claims = JSON.parse(Buffer.from(hint.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
  expect(claims).toMatchObject({ sub: 'ada', iss: bed.provider.issuer });
  // The store has it sealed with the secret of the cookie, of which it has a hash.
  expect(kept?.sealedIdToken).toMatch(/^[\w-]{100,}$/);
  expect(JSON.stringify(kept)).not.toContain(hint.split('.')[1]);
  expect(await bed.stores.sessions.find(id)).toBeUndefined();
  expect([url.origin, url.searchParams.get('post_logout_redirect_uri')]).toEqual([
    bed.provider.issuer,
    'http://localhost:8080/sign-in',
  ]);
  expect([await whoIs(browser), await whoIs(stolen)]).toEqual([401, 401]);

  await bed.signIn(browser);
  const [person] = await bed.stores.tokens.list();
  await bed.stores.tokens.revoke(person?.id ?? '', Date.now());
  expect(await whoIs(browser)).toBe(401);
  const again = bed.browser();
  expectRefused(await bed.signIn(again), again, refused(/an operator revoked the access/i));
  await bed.stores.tokens.restore(person?.id ?? '');
  await bed.signIn(again);
  expect(await whoIs(again)).toEqual(['ada@example.org', 'build']);
});

it('bounds the life of sessions by the setting', async () => {
  const bed = await signInBed({ options: { sessionLifetime: 90_000 } });
  const browser = bed.browser();
  const { headers } = await bed.signIn(browser);
  expect(String(headers['set-cookie'])).toContain('Max-Age=90');
  const [person] = await bed.stores.tokens.list();
  const expired = newSession('session', person?.id ?? '', Date.now() - 90_001, { lifetime: 90_000 });
  await bed.stores.sessions.create(expired.stored);
  browser.plant('session', expired.text);
  expect(await whoIs(browser)).toBe(401);
});

it('accepts no token in place of the secret of a person, which was never shown', async () => {
  const bed = await signInBed();
  await bed.signIn(bed.browser());
  const [person] = await bed.stores.tokens.list();
  const authorization = `Bearer th_${person?.id ?? ''}_${'A'.repeat(43)}`;
  expect((await bed.call({ method: 'GET', url: '/v1/builds', headers: { authorization } })).status).toBe(401);
});

/** A callback of a browser whose sign-in is in progress. */
type Attack = (callback: string, bed: SignInBed, browser: Browser) => Promise<string> | string;

const changed = (callback: string, name: string, value: string | undefined): string => {
  const url = new URL(callback, 'http://x');
  if (value === undefined) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  return url.pathname + url.search;
};

it.each<[string, Attack, RegExp]>([
  ['a forged state', (callback) => changed(callback, 'state', 'A'.repeat(43)), /another browser or window/],
  ['no state', (callback) => changed(callback, 'state', undefined), /another browser or window/],
  ['an answer of another issuer', (callback) => changed(callback, 'iss', 'https://evil.example'), /"?iss/],
  ['an answer without issuer', (callback) => changed(callback, 'iss', undefined), /"?iss/],
  ['an invented code', (callback) => changed(callback, 'code', 'invented'), /was used, or has expired/],
  ['no code', (callback) => changed(callback, 'code', undefined), /no authorization code/],
  [
    'an answer to another browser',
    async (callback, bed) => changed(await bed.attest(bed.browser()), 'x', callback.slice(0, 1)),
    /another browser or window/,
  ],
  [
    'the code of another browser',
    async (callback, bed) => {
      const other = new URL(await bed.attest(bed.browser()), 'http://x');
      return changed(callback, 'code', other.searchParams.get('code') ?? '');
    },
    /was used, or has expired/,
  ],
  [
    'a tampered cookie',
    (callback, _bed, browser) => {
      browser.plant(
        'sign-in',
        (browser.cookie('sign-in') ?? '').replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      );
      return callback;
    },
    /another browser or window/,
  ],
  [
    'a cookie that is none',
    (callback, _bed, browser) => {
      browser.plant('sign-in', '{"state":"x"}');
      return callback;
    },
    /no sign-in in progress/,
  ],
])('refuses %s', async (_what, attack, message) => {
  const bed = await signInBed();
  const browser = bed.browser();
  const callback = await bed.attest(browser);
  const answer = await browser.get(await attack(callback, bed, browser), { fromElsewhere: true });
  expectRefused(answer, browser, refused(message));
});

it('keeps a sign-in in progress where another browser has its id alone', async () => {
  const bed = await signInBed();
  const browser = bed.browser();
  const callback = await bed.attest(browser);
  const forged = `${(browser.cookie('sign-in') ?? '').slice(0, -43)}${'A'.repeat(43)}`;
  const other = bed.browser();
  other.plant('sign-in', forged);
  const state = createHmac('sha256', forged).update('state').digest('base64url');
  expectRefused(await other.get(changed(callback, 'state', state)), other, refused(/was used before/));
  expect((await browser.get(callback)).status).toBe(303);
});

it('refuses an answer a second time, without a cookie, and after ten minutes', async () => {
  const bed = await signInBed();
  const browser = bed.browser();
  const cookie = async () => browser.cookie('sign-in') ?? '';
  const callback = await bed.attest(browser);
  const used = await cookie();
  const victim = bed.browser();
  expectRefused(await victim.get(callback), victim, refused(/no sign-in in progress/));
  expect((await browser.get(callback)).status).toBe(303);
  const again = bed.browser();
  again.plant('sign-in', used);
  expectRefused(await again.get(callback), again, refused(/was used before/));

  const late = bed.browser();
  const old = newSignIn('/', undefined, Date.now() - 600_001);
  await bed.stores.signIns.create(old.stored);
  late.plant('sign-in', old.text);
  const answer = `/v1/sign-in/openid/callback?code=x&state=${old.challenge.state}`;
  expectRefused(await late.get(answer), late, refused(/longer than 10 minutes/));
});

it.each<[string, Record<string, unknown>, RegExp]>([
  ['another audience', { aud: 'other-client' }, /aud/],
  ['a further audience that is not ours', { aud: ['twinhull', 'other'], azp: 'other' }, /a[uz][dp]/],
  ['another issuer', { iss: 'https://evil.example' }, /iss/],
  ['the nonce of another sign-in', { nonce: 'other' }, /nonce/],
  ['no nonce', { nonce: undefined }, /nonce/],
  ['an hour in the past', { exp: Math.floor(Date.now() / 1000) - 3600 }, /exp/],
])('refuses an ID token for %s', async (_what, claims, message) => {
  const bed = await signInBed();
  bed.provider.alter = (token) => ({ ...token, ...claims });
  const browser = bed.browser();
  expectRefused(await bed.signIn(browser), browser, refused(message));
});

it('refuses an ID token with a false signature', async () => {
  const bed = await signInBed();
  bed.provider.signFalsely = true;
  const browser = bed.browser();
  expectRefused(await bed.signIn(browser), browser, refused(/signature/));
});

it('requires the audience of the setting, too', async () => {
  const bed = await signInBed({ provider: { audience: 'builds' } });
  const browser = bed.browser();
  expectRefused(await bed.signIn(browser), browser, refused(/another audience/));
  bed.provider.alter = (token) => ({ ...token, aud: ['twinhull', 'builds'], azp: 'twinhull' });
  await bed.signIn(browser);
});

it('reports that the person refused, and a wrong client secret', async () => {
  const bed = await signInBed();
  bed.provider.refuse = 'access_denied';
  const browser = bed.browser();
  expectRefused(await bed.signIn(browser), browser, refused(/ended the sign-in: access_denied/));
  bed.provider.refuse = undefined;
  const wrong = await signInBed({ provider: { readSecret: async () => 'wrong' } });
  const other = wrong.browser();
  expectRefused(await wrong.signIn(other), other, {
    status: 502,
    code: 'IdentityProviderRefused',
    message: /client id or its secret/,
  });
});

it('goes on without its provider: at the start, during a sign-in, and at sign-out', async () => {
  const bed = await signInBed();
  bed.provider.setDown(true);
  const browser = bed.browser();
  const down = { status: 503, code: 'IdentityProviderUnreachable', message: /no response from the OpenID provider/i };
  expectRefused(await browser.get('/v1/sign-in/openid'), browser, down);
  expect((await browser.get('/v1/sign-in')).status).toBe(200);
  bed.provider.setDown(false);
  const callback = await bed.attest(browser);
  bed.provider.setDown(true);
  expectRefused(await browser.get(callback, { fromElsewhere: true }), browser, down);
  bed.provider.setDown(false);
  await bed.signIn(browser);
  bed.provider.setDown(true);
  expect(await whoIs(browser)).toEqual(['ada@example.org', 'build']);
  expect((await browser.send('DELETE', '/v1/session')).status).toBe(200);
  expect(await whoIs(browser)).toBe(401);
});

it('never continues a session that was there before', async () => {
  const bed = await signInBed();
  const attacker = bed.browser();
  await bed.signIn(attacker);
  const victim = bed.browser();
  victim.plant('session', attacker.cookie('session') ?? '');
  await bed.signIn(victim);
  expect(victim.cookie('session')).not.toBe(attacker.cookie('session'));
  expect([await whoIs(victim), await whoIs(attacker)]).toEqual([['ada@example.org', 'build'], 401]);
});

it('refuses to return to another site', async () => {
  const bed = await signInBed();
  const browser = bed.browser();
  const elsewhere = [
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '/\t/evil.example/',
    '/ /evil.example',
  ];
  for (const returnTo of [...elsewhere, '\n//evil.example', 'javascript:alert(1)', 'evil.example', '']) {
    const answer = await browser.get(`/v1/sign-in/openid?returnTo=${encodeURIComponent(returnTo)}`);
    expectRefused(answer, browser, { status: 400, code: 'RequestInvalid', message: /not a page of this service/ });
    expect(browser.cookie('sign-in')).toBeUndefined();
  }
});

it('reports that it is not set up', async () => {
  const bed = await signInBed({ parts: { openId: undefined } });
  const browser = bed.browser();
  expect((await browser.get('/v1/sign-in')).json).toEqual({ openId: null });
  const expected = { status: 404, code: 'SignInNotSetUp', message: /API token/ };
  expectRefused(await browser.get('/v1/sign-in/openid'), browser, expected);
  expectRefused(await browser.get('/v1/sign-in/openid/callback?code=x'), browser, expected);
});

it('keeps codes, tokens and secrets out of log, store and errors', async () => {
  const bed = await signInBed();
  const browser = bed.browser();
  const shown: string[] = [];
  const texts = async (callback: string) => shown.push((await browser.get(callback, { fromElsewhere: true })).text);
  const callback = await bed.attest(browser);
  const started = browser.cookie('sign-in') ?? '';
  const rows = JSON.stringify(await bed.stores.signIns.take(started.split('_')[1] ?? '', hashOf(started.slice(-43))));
  await texts(callback);
  await texts(await bed.attest(browser));
  const session = browser.cookie('session') ?? '';
  bed.provider.alter = (claims) => ({ ...claims, aud: 'other' });
  await texts(await bed.attest(browser));
  bed.provider.alter = undefined;
  const later = await bed.attest(browser);
  bed.provider.setDown(true);
  await texts(later);
  const kept = [JSON.stringify(await bed.stores.tokens.list()), rows];
  kept.push(JSON.stringify(await bed.stores.sessions.find(session.split('_')[1] ?? '')));
  const states = [callback, later].map((one) => new URL(one, 'http://x').searchParams.get('state') ?? '');
  const secrets = [
    ...bed.provider.secrets,
    ...states,
    bed.provider.clientSecret,
    started.slice(-43),
    session.slice(-43),
  ];
  expect(bed.provider.secrets.length).toBeGreaterThanOrEqual(7);
  expect(bed.log()).toContain('browser signed in by OpenID Connect');
  expect(bed.log()).toContain('/v1/sign-in/openid/callback');
  for (const secret of secrets)
    for (const [where, text] of Object.entries({ log: bed.log(), store: kept.join(), pages: shown.join() }))
      expect(text.includes(secret), `${where} holds ${secret}`).toBe(false);
});
