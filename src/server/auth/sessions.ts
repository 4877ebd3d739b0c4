import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SessionStore, StoredSession } from '../../ports/session-store.ts';
import { seal, unseal } from './sealed-text.ts';
import { isSecretOf, newSecret, parseSecret } from './token.ts';

/** Defaults, in milliseconds. A link only has to reach the browser of the person that it was printed for. */
const lifetimes = { session: 7 * 24 * 3_600_000, link: 10 * 60_000 } as const;

/**
 * Of the session of a person, in milliseconds, unless set: shorter than that of a token, because the provider reports
 * groups at sign-in only.
 */
export const personLifetime = 12 * 3_600_000;

/** Begins the text of each kind. */
const prefixes = { session: 'ts', link: 'tl' } as const;

/** Where sessions are kept, and the clock by which they expire. */
export interface SessionParts {
  readonly sessions: SessionStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** A session or one-time link that was just created. */
export interface NewSession {
  /** Shown once, never stored. */
  readonly text: string;
  readonly stored: StoredSession;
}

/** Longer ID tokens are not kept: the provider would receive it in an address, and servers bound the length of those. */
const longestIdToken = 6_000;

/** The parts of a new session that its token does not determine. */
export interface SessionOptions {
  /** In milliseconds. @default by its kind */
  readonly lifetime?: number | undefined;
  /** Of an OpenID provider. */
  readonly idToken?: string | undefined;
}

/** Creates it without storing it. @param now milliseconds since the Unix epoch */
export function newSession(
  kind: StoredSession['kind'],
  tokenId: string,
  now: number,
  { lifetime = lifetimes[kind], idToken = '' }: SessionOptions = {},
): NewSession {
  const { text, id, hash } = newSecret(prefixes[kind]);
  const isKept = idToken !== '' && idToken.length <= longestIdToken;
  const times = { createdAt: now, expiresAt: now + lifetime };
  return {
    text,
    stored: { id, kind, tokenId, hash, ...times, ...(isKept && { sealedIdToken: seal(idToken, text) }) },
  };
}

/** The ID token of a session. @param text of its cookie. @returns undefined where none was kept */
export function idTokenOf(text: string, { sealedIdToken }: StoredSession): string | undefined {
  return sealedIdToken === undefined ? undefined : unseal(sealedIdToken, text);
}

/** @throws TokenInvalid, StoreUnavailable */
export async function findSession(
  kind: StoredSession['kind'],
  text: string,
  parts: SessionParts,
): Promise<StoredSession> {
  const parsed = parseSecret(prefixes[kind], text);
  const stored = parsed && (await liveSession(parsed.id, parts));
  if (stored?.kind !== kind || parsed === undefined || !isSecretOf(stored, parsed.secret))
    throw new TwinhullError(
      'TokenInvalid',
      `the ${kind === 'link' ? 'sign-in link was used, or' : 'session'} has ended`,
      {
        hint: kind === 'link' ? 'run `twinhull open` for a new one' : 'sign in again',
      },
    );
  return stored;
}

/** Undefined once it was removed or has expired. @throws StoreUnavailable */
async function liveSession(id: string, { sessions, clock }: SessionParts): Promise<StoredSession | undefined> {
  const stored = await sessions.find(id);
  return stored !== undefined && stored.expiresAt > clock.now() ? stored : undefined;
}

/** Removes the link that has this text, so that it works once. @throws TokenInvalid, StoreUnavailable */
export async function useLink(text: string, parts: SessionParts): Promise<StoredSession> {
  const link = await findSession('link', text, parts);
  if (await parts.sessions.remove(link.id)) return link;
  throw new TwinhullError('TokenInvalid', 'the sign-in link was used', { hint: 'run `twinhull open` for a new one' });
}

/** Ends the session that a browser has: a new one never continues it, because another site may have planted it. */
export async function endSession(cookie: string | undefined, parts: SessionParts): Promise<void> {
  const found = await sessionOf(cookie, parts);
  if (found !== undefined) await parts.sessions.remove(found.id);
}

/** The session of a cookie, if it is a valid one. @throws StoreUnavailable */
export async function sessionOf(cookie: string | undefined, parts: SessionParts): Promise<StoredSession | undefined> {
  if (cookie === undefined) return undefined;
  return findSession('session', cookie, parts).catch((error: unknown) => {
    if (TwinhullError.is(error, 'TokenInvalid')) return undefined;
    throw error;
  });
}
