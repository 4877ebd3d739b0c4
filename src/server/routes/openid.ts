import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type AttestedIdentity, signInCallback } from '../../ports/identity-provider.ts';
import type { Scope, StoredToken } from '../../ports/token-store.ts';
import { RateLimiter } from '../auth/rate-limiter.ts';
import { cookieOf, setCookie } from '../auth/session-cookie.ts';
import { newSession, personLifetime, sessionOf } from '../auth/sessions.ts';
import { checkedReturn, checkSignIn, newSignIn, parseSignIn, scopeOfGroups, signInLifetime } from '../auth/sign-in.ts';
import { newToken } from '../auth/token.ts';
import { problemFor } from '../errors/error-handler.ts';
import { problemPage, problemPageHeaders } from '../pages/problem-page.ts';
import type { OpenIdSignIn } from '../parts.ts';
import { problems } from '../schemas/answers.ts';
import { signInMethodsSchema } from '../schemas/session-schemas.ts';
import type { Routes } from './route.ts';

/** Sign-in of people at an OpenID provider: https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth */
export const openIdRoutes: Routes = (app, { tokens, sessions, signIns, clock, openId, options }) => {
  const parts = { sessions, clock };
  const limiter = new RateLimiter(options.rateLimit, clock);
  // A browser shows what these routes send, so their errors are pages.
  const errorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const problem = problemFor(error, request, reply);
    void reply.code(problem.status).headers(problemPageHeaders).serializer(String);
    void reply.send(problemPage(problem, options.pages));
  };
  const forBrowsers = { config: { access: 'public' }, errorHandler } as const;

  app.get(
    '/sign-in',
    {
      config: { access: 'public' },
      schema: {
        summary: 'How browsers may sign in',
        tags: ['session'],
        response: { 200: signInMethodsSchema, ...problems },
      },
    },
    async (_request, reply) =>
      reply.send({
        openId:
          openId === undefined ? null : { name: openId.provider.host, url: `${openId.publicUrl}/v1/sign-in/openid` },
      }),
  );

  app.get(
    '/sign-in/openid',
    {
      ...forBrowsers,
      schema: {
        summary: 'Send a browser to the OpenID provider; errors are pages',
        tags: ['session'],
        querystring: z.object({
          returnTo: z.string().max(2000).default('/').describe('the page to show afterwards, such as `/builds/{id}`'),
        }),
      },
    },
    async (request, reply) => {
      const { provider } = configured(openId);
      limiter.take(request.ip, reply);
      const replaced = await sessionOf(cookieOf('session', request), parts);
      const signIn = newSignIn(checkedReturn(request.query.returnTo), replaced?.id, clock.now());
      const url = await provider.signInUrl(signIn.challenge);
      await signIns.create(signIn.stored);
      setCookie('sign-in', request, reply, { value: signIn.text, seconds: signInLifetime / 1000 });
      return redirect(reply, url);
    },
  );

  app.get(
    signInCallback.slice('/v1'.length),
    {
      ...forBrowsers,
      schema: { summary: 'Where the OpenID provider sends the browser back; errors are pages', tags: ['session'] },
    },
    async (request, reply) => {
      const { provider, groupScopes } = configured(openId);
      limiter.take(request.ip, reply);
      const answer = new URLSearchParams(request.url.split('?')[1]);
      const { id, hash, challenge } = parseSignIn(cookieOf('sign-in', request), answer.get('state'));
      setCookie('sign-in', request, reply, { value: '', seconds: 0 });
      const { returnTo, replaces } = checkSignIn(await signIns.take(id, hash), clock.now());
      const identity = await provider.identify(answer, challenge);
      const token = await admit(identity, scopeOfGroups(identity.groups, groupScopes));
      if (replaces !== undefined) await sessions.remove(replaces);
      const lifetime = options.sessionLifetime ?? personLifetime;
      const { idToken } = identity;
      const { text, stored } = newSession('session', token.id, clock.now(), { lifetime, idToken });
      await sessions.create(stored);
      setCookie('session', request, reply, { value: text, seconds: lifetime / 1000 });
      request.log.info({ tokenId: token.id, sessionId: stored.id }, 'browser signed in by OpenID Connect');
      return redirect(reply, returnTo);
    },
  );

  /** @throws GroupMissing, SignInRefused */
  const admit = async (identity: AttestedIdentity, scope: Scope | undefined): Promise<StoredToken> => {
    if (scope === undefined) {
      // Earlier sessions had a group that is gone.
      const known = await tokens.findIdentity(identity);
      if (known !== undefined) await sessions.removeOf(known.id);
      throw new TwinhullError('GroupMissing', `"${identity.name}" is in no group that may use this service`);
    }
    const { stored } = newToken(identity.name, scope, clock.now());
    const { issuer, subject } = identity;
    const token = await tokens.putIdentity({ ...stored, identity: { issuer, subject } });
    if (token.revokedAt === undefined) return token;
    throw new TwinhullError('SignInRefused', `an operator revoked the access of "${identity.name}"`, {
      hint: 'ask an operator of this service',
    });
  };
};

/** @throws SignInNotSetUp */
function configured(openId: OpenIdSignIn | undefined): OpenIdSignIn {
  if (openId !== undefined) return openId;
  throw new TwinhullError('SignInNotSetUp', 'this service does not accept sign-in by OpenID Connect');
}

/** 303: the next request is a read, and of no other method. */
function redirect(reply: FastifyReply, url: string): FastifyReply {
  return reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).redirect(url, 303);
}
