import type { FastifyRequest } from 'fastify';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { Scope, TokenStore } from '../../ports/token-store.ts';
import { isOfThisMachine } from './loopback.ts';
import { isSecretOf, parseToken } from './token.ts';

/** Who sends a request. */
export interface Caller {
  /** Id of the token, or `local` without one. */
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
}

export interface AuthenticateParts {
  readonly tokens: TokenStore;
  /** Whether it is reached from this machine alone. Then it is open until the first token is made. */
  readonly loopbackOnly: boolean;
}

const local: Caller = { id: 'local', name: 'this machine', scope: 'admin' };

/** @throws TokenInvalid, StoreUnavailable */
export async function authenticate(
  { headers }: Pick<FastifyRequest, 'headers'>,
  { tokens, loopbackOnly }: AuthenticateParts,
): Promise<Caller> {
  const { authorization } = headers;
  if (authorization !== undefined) return bearer(authorization, tokens);
  if (!loopbackOnly || (await tokens.any())) throw new TwinhullError('TokenInvalid', 'the request has no API token');
  if (isOfThisMachine(headers)) return local;
  throw new TwinhullError('TokenInvalid', 'without an API token, only requests to localhost are taken', {
    hint: 'call it by http://localhost or http://127.0.0.1, from no other site',
  });
}

async function bearer(authorization: string, tokens: TokenStore): Promise<Caller> {
  const parsed = parseToken(/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
  const stored = parsed && (await tokens.find(parsed.id));
  if (stored === undefined || parsed === undefined || !isSecretOf(stored, parsed.secret))
    throw new TwinhullError('TokenInvalid', 'the API token is not known');
  if (stored.revokedAt !== undefined) throw new TwinhullError('TokenInvalid', 'the API token was revoked');
  return { id: stored.id, name: stored.name, scope: stored.scope };
}
