import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { Scope, StoredToken } from '../../ports/token-store.ts';

const form = /^th_([0-9a-z]{12})_([A-Za-z0-9_-]{43})$/;

export interface NewToken {
  /** `th_`, the id, and 256 random bits: shown once, kept nowhere. */
  readonly token: string;
  readonly stored: StoredToken;
}

export function newToken(name: string, scope: Scope, now: number): NewToken {
  const id = Array.from({ length: 12 }, () => randomInt(36).toString(36)).join('');
  const secret = randomBytes(32).toString('base64url');
  return { token: `th_${id}_${secret}`, stored: { id, name, scope, hash: hashOf(secret), createdAt: now } };
}

/** The two parts of a token; undefined when it has not the form of one. */
export function parseToken(text: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = form.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Whether the secret is the token's; how long that takes tells nothing. */
export function isSecretOf({ hash }: Pick<StoredToken, 'hash'>, secret: string): boolean {
  return timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(hashOf(secret), 'hex'));
}

/** A plain hash is enough: nobody guesses 256 random bits. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
