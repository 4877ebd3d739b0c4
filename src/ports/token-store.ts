/** What a token allows: `read` looks, `build` also submits, cancels and retries, `admin` everything. */
export const scopes = ['read', 'build', 'admin'] as const;

export type Scope = (typeof scopes)[number];

/** An API token as it is kept: the secret itself is nowhere, only its hash. */
export interface StoredToken {
  /** The part of the token that is no secret: `[0-9a-z]{12}`. */
  readonly id: string;
  /** Whom or what it was made for. */
  readonly name: string;
  readonly scope: Scope;
  /** SHA-256 of the secret, in hexadecimal. */
  readonly hash: string;
  /** Milliseconds since the Unix epoch, as all times here. */
  readonly createdAt: number;
  readonly revokedAt?: number | undefined;
}

/** Who may use the API. Errors: `StoreUnavailable`. */
export interface TokenStore {
  create(token: StoredToken): Promise<void>;
  /** Revoked ones, too. */
  find(id: string): Promise<StoredToken | undefined>;
  /** All of them, oldest first. */
  list(): Promise<readonly StoredToken[]>;
  /** From now on it is refused. @returns false when there is no such token; a second time changes nothing */
  revoke(id: string, at: number): Promise<boolean>;
  /** Whether any was ever made: revoking the last one must not open the doors. */
  any(): Promise<boolean>;
}
