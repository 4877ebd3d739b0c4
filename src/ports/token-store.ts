/** What a token allows: `read` to read, `build` also to submit, cancel and retry, `admin` everything. */
export const scopes = ['read', 'build', 'admin'] as const;

/** A scope of `scopes`; each includes those before it. */
export type Scope = (typeof scopes)[number];

/**
 * What a stored token grants: a scope from anywhere, or `local`: everything, in requests that come from the service's
 * own machine and through no proxy.
 */
export type TokenScope = Scope | 'local';

/** An API token as stored: only a hash of its secret, never the secret itself. */
export interface StoredToken {
  /** The public part of the token: `[0-9a-z]{12}`. */
  readonly id: string;
  /** The person or purpose that it was created for. */
  readonly name: string;
  readonly scope: TokenScope;
  /** SHA-256 of the secret, in hexadecimal. */
  readonly hash: string;
  /** Milliseconds since the Unix epoch, like all times here. */
  readonly createdAt: number;
  readonly revokedAt?: number | undefined;
}

/** The tokens that give access to the API. Errors: `StoreUnavailable`. */
export interface TokenStore {
  create(token: StoredToken): Promise<void>;
  /** Includes revoked tokens. */
  find(id: string): Promise<StoredToken | undefined>;
  /** All tokens, oldest first. */
  list(): Promise<readonly StoredToken[]>;
  /** Revokes a token; repeating that changes nothing. @returns false when there is no such token */
  revoke(id: string, at: number): Promise<boolean>;
}
