import { createHmac } from 'node:crypto';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { SignInChallenge } from '../../ports/identity-provider.ts';
import type { StoredSignIn } from '../../ports/session-store.ts';
import { type Scope, scopes } from '../../ports/token-store.ts';
import { hashOf, isEqual, newSecret, parseSecret } from './token.ts';

/** How long a person may take at the provider, in milliseconds. */
export const signInLifetime = 10 * 60_000;

const prefix = 'to';

/** A sign-in at a provider that was just started. */
export interface NewSignIn {
  /** For the cookie; never stored. */
  readonly text: string;
  readonly stored: StoredSignIn;
  readonly challenge: SignInChallenge;
}

/** Creates it without storing it. @param now milliseconds since the Unix epoch. @param replaces id of a session */
export function newSignIn(returnTo: string, replaces: string | undefined, now: number): NewSignIn {
  const { text, id, hash } = newSecret(prefix);
  const stored = { id, hash, returnTo, replaces, createdAt: now, expiresAt: now + signInLifetime };
  return { text, stored, challenge: challengeOf(text) };
}

/**
 * The sign-in of a cookie. `state` proves that the answer of the provider belongs to this browser, before anything is
 * looked up: a forged answer does not end a sign-in in progress.
 *
 * @throws SignInRefused
 */
export function parseSignIn(cookie: string | undefined, state: string | null) {
  const parsed = cookie === undefined ? undefined : parseSecret(prefix, cookie);
  if (cookie === undefined || parsed === undefined)
    throw new TwinhullError('SignInRefused', 'this browser has no sign-in in progress', {
      hint: 'start the sign-in again, in the same browser, and allow cookies of this site',
    });
  const challenge = challengeOf(cookie);
  if (!isEqual(Buffer.from(state ?? ''), Buffer.from(challenge.state)))
    throw new TwinhullError('SignInRefused', 'the answer belongs to the sign-in of another browser or window');
  return { id: parsed.id, hash: hashOf(parsed.secret), challenge };
}

/** @throws SignInRefused when it was used or has expired */
export function checkSignIn(stored: StoredSignIn | undefined, now: number): StoredSignIn {
  if (stored === undefined)
    throw new TwinhullError('SignInRefused', 'this sign-in has ended: its answer was used before, or came too late');
  if (stored.expiresAt <= now)
    throw new TwinhullError(
      'SignInRefused',
      `this sign-in took longer than ${String(signInLifetime / 60_000)} minutes, and has expired`,
    );
  return stored;
}

/** The widest scope of the groups, or of `*`; undefined without any. */
export function scopeOfGroups(groups: readonly string[], groupScopes: ReadonlyMap<string, Scope>): Scope | undefined {
  const granted = ['*', ...groups.filter((group) => group !== '*')].map((group) => groupScopes.get(group));
  return scopes.filter((scope) => granted.includes(scope)).at(-1);
}

/**
 * A page of this service, and nothing else: browsers read `//host` and `/\host` as another host, and drop line breaks.
 *
 * @throws RequestInvalid
 */
export function checkedReturn(address: string): string {
  const base = 'http://service.invalid';
  const isLocal = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(address) && URL.canParse(address, base);
  if (isLocal && new URL(address, base).origin === base) return address;
  throw new TwinhullError('RequestInvalid', 'the address to return to is not a page of this service', {
    hint: 'start the sign-in on the page /sign-in',
  });
}

/** Derived from the secret of the cookie, so that the store holds none of them. */
function challengeOf(cookie: string): SignInChallenge {
  const derived = (purpose: string): string => createHmac('sha256', cookie).update(purpose).digest('base64url');
  return { state: derived('state'), nonce: derived('nonce'), verifier: derived('verifier') };
}
