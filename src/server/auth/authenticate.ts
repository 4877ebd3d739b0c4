import type { FastifyRequest } from 'fastify';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { Scope, TokenStore } from '../../ports/token-store.ts';
import { isOfThisMachine } from './of-this-machine.ts';
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
  /** Whether it listens for this machine alone. Then it is open until the first token is made. */
  readonly loopbackOnly: boolean;
  /** Where others reach it: whoever has named one has not only this machine in mind, whatever it listens on. */
  readonly publicUrl?: string | undefined;
}

const local: Caller = { id: 'local', name: 'this machine', scope: 'admin' };

/** @throws TokenInvalid, StoreUnavailable */
export async function authenticate(
  { headers }: Pick<FastifyRequest, 'headers'>,
  parts: AuthenticateParts,
): Promise<Caller> {
  const { authorization } = headers;
  if (authorization !== undefined) return bearer(authorization, parts.tokens);
  if (!(await isOpen(parts))) throw new TwinhullError('TokenInvalid', 'the request has no API token');
  if (isOfThisMachine(headers)) return local;
  throw new TwinhullError('TokenInvalid', 'without an API token, only requests to localhost are taken', {
    hint: 'call it by http://localhost or http://127.0.0.1, from no other site and through no proxy, or make a token with `twinhull token create`',
  });
}

/** Whether whoever sits at this machine needs no token. @throws StoreUnavailable */
async function isOpen({ tokens, loopbackOnly, publicUrl }: AuthenticateParts): Promise<boolean> {
  return loopbackOnly && publicUrl === undefined && !(await tokens.any());
}

/**
 * What the caller of a request may do now: a stream outlives the moment in which its token was looked at.
 * @returns undefined when they may do nothing any more. @throws StoreUnavailable
 */
export async function presentScope({ id }: Caller, parts: AuthenticateParts): Promise<Scope | undefined> {
  if (id === local.id) return (await isOpen(parts)) ? local.scope : undefined;
  const stored = await parts.tokens.find(id);
  return stored?.revokedAt === undefined ? stored?.scope : undefined;
}

async function bearer(authorization: string, tokens: TokenStore): Promise<Caller> {
  const parsed = parseToken(/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
  const stored = parsed && (await tokens.find(parsed.id));
  if (stored === undefined || parsed === undefined || !isSecretOf(stored, parsed.secret))
    throw new TwinhullError('TokenInvalid', 'the API token is not known');
  if (stored.revokedAt !== undefined) throw new TwinhullError('TokenInvalid', 'the API token was revoked');
  return { id: stored.id, name: stored.name, scope: stored.scope };
}
