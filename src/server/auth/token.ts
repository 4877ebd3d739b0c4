import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { StoredToken, TokenScope } from '../../ports/token-store.ts';

/** An id and 256 random bits as text: shown once, and stored as a hash. */
export interface Secret {
  /** `{prefix}_`, the id and the secret. */
  readonly text: string;
  readonly id: string;
  readonly hash: string;
}

/** `token` is shown once; only the hash in `stored` is kept. */
export interface NewToken {
  readonly token: string;
  readonly stored: StoredToken;
}

/** Creates it without storing it. @param now milliseconds since the Unix epoch */
export function newToken(name: string, scope: TokenScope, now: number): NewToken {
  const { text, id, hash } = newSecret('th');
  return { token: text, stored: { id, name, scope, hash, createdAt: now } };
}

/** The two parts of a token; undefined when the text is not in the form of a token. */
export function parseToken(text: string): { readonly id: string; readonly secret: string } | undefined {
  return parseSecret('th', text);
}

/** A random secret, and the hash under which it is stored. @param prefix shows people what a secret is for */
export function newSecret(prefix: string): Secret {
  const id = Array.from({ length: 12 }, () => randomInt(36).toString(36)).join('');
  const secret = randomBytes(32).toString('base64url');
  return { text: `${prefix}_${id}_${secret}`, id, hash: hashOf(secret) };
}

/** The two parts of a secret; undefined when the text is not in that form. */
export function parseSecret(
  prefix: string,
  text: string,
): { readonly id: string; readonly secret: string } | undefined {
  const [, found, id, secret] = /^([a-z]{2})_([0-9a-z]{12})_([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
  return found !== prefix || id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Compares in constant time. */
export function isSecretOf({ hash }: Pick<StoredToken, 'hash'>, secret: string): boolean {
  return isEqual(Buffer.from(hash, 'hex'), Buffer.from(hashOf(secret), 'hex'));
}

/** Compares in a time that does not depend on where the bytes differ. */
export function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Under which a secret is stored. A plain hash is enough: 256 random bits cannot be guessed. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
