import type { FastifyRequest } from 'fastify';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Scope, StoredToken, TokenStore } from '../../ports/token-store.ts';
import { isOfThisMachine } from './of-this-machine.ts';
import { cookieOf, refuseCrossSite } from './session-cookie.ts';
import { findSession, type SessionParts } from './sessions.ts';
import { isSecretOf, parseToken } from './token.ts';

/** The sender of a request. */
export interface Caller {
  /** Id of the token. */
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  /** Set for the request of a browser that signed in. */
  readonly session?: { readonly id: string; readonly expiresAt: number } | undefined;
}

/** Where tokens and sessions are looked up. */
export interface AuthenticateParts extends SessionParts {
  readonly tokens: TokenStore;
}

/**
 * Identifies the caller by the API token of the request, or by the cookie of a session. Every request needs one, because the code of a build can reach
 * this machine's loopback addresses too (docs/adr/0012-local-token.md).
 *
 * @throws TokenInvalid, NotAllowedHere, StoreUnavailable
 */
export async function authenticate(
  request: Pick<FastifyRequest, 'headers' | 'ip' | 'method'>,
  parts: AuthenticateParts,
): Promise<Caller> {
  const { authorization } = request.headers;
  if (authorization !== undefined) return callerWith(await bearer(authorization, parts.tokens), request);
  const cookie = cookieOf('session', request);
  if (cookie === undefined) throw new TwinhullError('TokenInvalid', 'the request has no API token');
  refuseCrossSite(request);
  const { id, expiresAt, tokenId } = await findSession('session', cookie, parts);
  const stored = await parts.tokens.find(tokenId);
  if (stored === undefined || stored.revokedAt !== undefined)
    throw new TwinhullError('TokenInvalid', 'the access of the session was revoked', { hint: 'sign in again' });
  return { ...callerWith(stored, request), session: { id, expiresAt } };
}

/** The caller that presented the token. @throws TokenInvalid for a local token that comes from elsewhere */
export function callerWith(stored: StoredToken, request: Pick<FastifyRequest, 'headers' | 'ip'>): Caller {
  if (stored.scope === 'local' && !isOfThisMachine(request))
    throw new TwinhullError('TokenInvalid', `the API token ${stored.id} is valid only on the service's own machine`, {
      hint: 'send it to http://127.0.0.1 directly, or use a token from `twinhull token create`',
    });
  return { id: stored.id, name: stored.name, scope: grantedScope(stored) };
}

/**
 * The scopes that callers have now, because a stream may outlive the check of its token: with one query for all tokens
 * and one for all sessions.
 * @returns a function that returns undefined when the token was revoked or the session has ended
 * @throws StoreUnavailable
 */
export async function presentScopes(
  callers: readonly Caller[],
  { tokens, sessions, clock }: AuthenticateParts,
): Promise<(caller: Caller) => Scope | undefined> {
  const sessionIds = callers.flatMap(({ session }) => (session === undefined ? [] : [session.id]));
  const [foundTokens, foundSessions] = await Promise.all([
    tokens.findAll([...new Set(callers.map(({ id }) => id))]),
    sessions.findAll([...new Set(sessionIds)]),
  ]);
  const scopes = new Map(
    foundTokens.filter(({ revokedAt }) => revokedAt === undefined).map((stored) => [stored.id, grantedScope(stored)]),
  );
  const now = clock.now();
  const live = new Set(foundSessions.filter(({ expiresAt }) => expiresAt > now).map(({ id }) => id));
  return ({ id, session }) => (session === undefined || live.has(session.id) ? scopes.get(id) : undefined);
}

function grantedScope({ scope }: StoredToken): Scope {
  return scope === 'local' ? 'admin' : scope;
}

async function bearer(authorization: string, tokens: TokenStore): Promise<StoredToken> {
  return knownToken(/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '', tokens);
}

/** @throws TokenInvalid, StoreUnavailable */
export async function knownToken(text: string, tokens: TokenStore): Promise<StoredToken> {
  const parsed = parseToken(text);
  const stored = parsed && (await tokens.find(parsed.id));
  if (stored === undefined || parsed === undefined || !isSecretOf(stored, parsed.secret))
    throw new TwinhullError('TokenInvalid', 'the API token is unknown');
  if (stored.revokedAt !== undefined) throw new TwinhullError('TokenInvalid', 'the API token was revoked');
  return stored;
}
