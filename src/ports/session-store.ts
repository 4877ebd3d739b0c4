/**
 * What lets a browser in, as stored: `session` for the requests that carry its cookie, `link` once, in exchange for a
 * session. Only a hash of the secret is stored.
 */
export interface StoredSession {
  /** The public part: `[0-9a-z]{12}`. */
  readonly id: string;
  readonly kind: 'session' | 'link';
  /** The API token that it acts for: its scope applies, and its revocation ends the session. */
  readonly tokenId: string;
  /** SHA-256 of the secret, in hexadecimal. */
  readonly hash: string;
  /** Milliseconds since the Unix epoch, like all times here. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** The sessions of browsers. Errors: `StoreUnavailable`. */
export interface SessionStore {
  /** Also removes what expired before the new one was created. */
  create(session: StoredSession): Promise<void>;
  /** Includes expired ones. */
  find(id: string): Promise<StoredSession | undefined>;
  /** @returns whether this call removed it: of several at once, one does */
  remove(id: string): Promise<boolean>;
}
