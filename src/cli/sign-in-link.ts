import { readLocalToken } from '../adapters/local-service/local-token-file.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import type { SessionStore } from '../ports/session-store.ts';
import type { TokenStore } from '../ports/token-store.ts';
import { newSession } from '../server/auth/sessions.ts';
import { isSecretOf, parseToken } from '../server/auth/token.ts';
import type { Settings } from '../settings/settings.ts';

/** Where the link's session is stored, and the token that it acts for is read. */
export interface SignInParts {
  readonly tokens: TokenStore;
  readonly sessions: SessionStore;
  readonly settings: Pick<Settings, 'stateFolder'>;
}

/**
 * A URL that signs this user's browser in, once and soon. The secret is in its fragment, which browsers send to no
 * server.
 *
 * @throws TokenInvalid when this user has no local token, StoreUnavailable
 */
export async function signInLink(url: string, { tokens, sessions, settings }: SignInParts): Promise<string> {
  const kept = await readLocalToken(settings.stateFolder);
  const parsed = kept && parseToken(kept.token);
  const stored = parsed && (await tokens.find(parsed.id));
  if (stored?.revokedAt !== undefined || parsed === undefined || !stored || !isSecretOf(stored, parsed.secret))
    throw new TwinhullError('TokenInvalid', 'the state folder has no valid local token', {
      hint: 'start `twinhull serve` on this machine as this user',
    });
  const { text, stored: link } = newSession('link', stored.id, Date.now());
  await sessions.create(link);
  return `${url}/sign-in#${text}`;
}
