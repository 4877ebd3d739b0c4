import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type Caller, callerWith, knownToken } from '../auth/authenticate.ts';
import { callerOf } from '../auth/guard.ts';
import { RateLimiter } from '../auth/rate-limiter.ts';
import { cookieOf, refuseCrossSite, setCookie } from '../auth/session-cookie.ts';
import { endSession, idTokenOf, newSession, sessionOf, useLink } from '../auth/sessions.ts';
import { problems } from '../schemas/answers.ts';
import { signInBody } from '../schemas/request-schemas.ts';
import { sessionSchema, signedOutSchema } from '../schemas/session-schemas.ts';
import type { Routes } from './route.ts';

/** How long to wait for the metadata of the OpenID provider at sign-out, in milliseconds. */
const signOutPatience = 3000;

/** Sessions of browsers: the pages sign in with an API token, and keep a cookie instead of it. */
export const sessionRoutes: Routes = (app, { tokens, sessions, clock, openId, options }) => {
  const parts = { tokens, sessions, clock };
  const limiter = new RateLimiter(options.rateLimit, clock);

  app.post(
    '/session',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Sign a browser in with an API token or a link of `twinhull open`; the answer sets a cookie',
        tags: ['session'],
        body: signInBody,
        response: { 200: sessionSchema, ...problems },
      },
    },
    async (request, reply) => {
      refuseCrossSite(request);
      const { body } = request;
      try {
        const token = 'token' in body ? await knownToken(body.token.trim(), tokens) : await tokenOfLink(body.link);
        const caller = callerWith(token, request);
        await endSession(cookieOf('session', request), parts);
        const { text, stored } = newSession('session', token.id, clock.now(), {
          lifetime: options.sessionLifetime,
        });
        await sessions.create(stored);
        setCookie('session', request, reply, { value: text, seconds: (stored.expiresAt - stored.createdAt) / 1000 });
        request.log.info({ tokenId: token.id, sessionId: stored.id }, 'browser signed in');
        return await reply.send(sessionToJson({ ...caller, session: stored }));
      } catch (error) {
        if (TwinhullError.is(error, 'TokenInvalid')) limiter.take(request.ip, reply);
        throw error;
      }
    },
  );

  app.get(
    '/session',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Who the caller is, and what it may do',
        tags: ['session'],
        response: { 200: sessionSchema, ...problems },
      },
    },
    async (request, reply) => reply.send(sessionToJson(callerOf(request))),
  );

  app.delete(
    '/session',
    {
      config: { access: 'read' },
      schema: {
        summary: 'End the session of a browser',
        tags: ['session'],
        response: { 200: signedOutSchema, ...problems },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const cookie = cookieOf('session', request);
      const stored = caller.session === undefined ? undefined : await sessionOf(cookie, parts);
      if (caller.session !== undefined) await sessions.remove(caller.session.id);
      setCookie('session', request, reply, { value: '', seconds: 0 });
      const idToken = stored && cookie !== undefined ? idTokenOf(cookie, stored) : undefined;
      return reply.send({ ...sessionToJson(caller), signOutUrl: await signOutUrl(caller, idToken) });
    },
  );

  const tokenOfLink = async (text: string) => {
    const { tokenId } = await useLink(text, parts);
    const token = await tokens.find(tokenId);
    if (token !== undefined && token.revokedAt === undefined) return token;
    throw new TwinhullError('TokenInvalid', 'the API token of the sign-in link was revoked');
  };

  /** The session has ended by now: a provider that does not respond must not delay that. */
  const signOutUrl = async ({ id }: Caller, idToken: string | undefined): Promise<string | null> => {
    if (openId === undefined || (await tokens.find(id))?.identity === undefined) return null;
    const url = openId.provider.signOutUrl(idToken).catch(() => undefined);
    return (await Promise.race([url, clock.sleep(signOutPatience)])) ?? null;
  };
};

function sessionToJson({ name, scope, session }: Caller) {
  return { name, scope, expiresAt: session === undefined ? null : new Date(session.expiresAt).toISOString() };
}
