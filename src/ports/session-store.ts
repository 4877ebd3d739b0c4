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
  /** The ID token of an OpenID provider, for sign-out there: readable only with the secret of the session. */
  readonly sealedIdToken?: string | undefined;
}

/** The sessions of browsers. Errors: `StoreUnavailable`. */
export interface SessionStore {
  /** Also removes what expired before the new one was created. */
  create(session: StoredSession): Promise<void>;
  /** Includes expired ones. */
  find(id: string): Promise<StoredSession | undefined>;
  /** Those of these ids that exist, in one query and any order; includes expired ones. */
  findAll(ids: readonly string[]): Promise<readonly StoredSession[]>;
  /** @returns whether this call removed it: of several at once, one does */
  remove(id: string): Promise<boolean>;
  /** Ends all sessions of a token, and its links. */
  removeOf(tokenId: string): Promise<void>;
}

/** A sign-in at an OpenID provider that has not ended. Only a hash of the browser's secret is stored. */
export interface StoredSignIn {
  /** The public part: `[0-9a-z]{12}`. */
  readonly id: string;
  /** SHA-256 of the secret, in hexadecimal. */
  readonly hash: string;
  /** The page to show afterwards, an address on this service such as `/builds/0123456789ab`. */
  readonly returnTo: string;
  /** The session that the browser had, which ends when the new one begins. */
  readonly replaces?: string | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Sign-ins in progress: any replica may receive the browser when it comes back. Errors: `StoreUnavailable`. */
export interface SignInStore {
  /** Also removes what expired before the new one was created. */
  create(signIn: StoredSignIn): Promise<void>;
  /**
   * Removes it: of several calls at once, one receives it. Includes expired ones. One with another hash remains:
   * the id alone must not end a sign-in.
   */
  take(id: string, hash: string): Promise<StoredSignIn | undefined>;
}
