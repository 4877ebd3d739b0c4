/** What a token allows: `read` to read, `build` also to submit, cancel and retry, `admin` everything. */
export const scopes = ['read', 'build', 'admin'] as const;

/** A scope of `scopes`; each includes those before it. */
export type Scope = (typeof scopes)[number];

/**
 * What a stored token grants: a scope from anywhere, or `local`: everything, in requests that come from the service's
 * own machine and through no proxy.
 */
export type TokenScope = Scope | 'local';

/** A person as an OpenID provider knows them: both values together never change their meaning. */
export interface Identity {
  /** The provider, an exact URL. */
  readonly issuer: string;
  /** The provider's `sub`, unique at this issuer. */
  readonly subject: string;
}

/**
 * An API token as stored: only a hash of its secret, never the secret itself. A person who signs in by OpenID Connect
 * has one too, whose secret was never shown: sessions act for it, and revoking it ends them.
 */
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
  /** Set for the token of a person. */
  readonly identity?: Identity | undefined;
}

/** The token of a person. */
export interface IdentityToken extends StoredToken {
  readonly identity: Identity;
}

/** The tokens that give access to the API. Errors: `StoreUnavailable`. */
export interface TokenStore {
  create(token: StoredToken): Promise<void>;
  /** Includes revoked tokens. */
  find(id: string): Promise<StoredToken | undefined>;
  /** Those of these ids that exist, in one query and any order; includes revoked tokens. */
  findAll(ids: readonly string[]): Promise<readonly StoredToken[]>;
  /** The token of a person, also if it is revoked. */
  findIdentity(identity: Identity): Promise<StoredToken | undefined>;
  /**
   * Creates the token of a person, or gives the one that they have this name and scope; a revoked one stays revoked.
   *
   * @returns the token as stored
   */
  putIdentity(token: IdentityToken): Promise<StoredToken>;
  /** All tokens, oldest first. */
  list(): Promise<readonly StoredToken[]>;
  /**
   * Lets a person sign in again whose token was revoked. Other tokens stay revoked, because their secrets may be known.
   *
   * @returns false when no person has such a token
   */
  restore(id: string): Promise<boolean>;
  /** Revokes a token; repeating that changes nothing. @returns false when there is no such token */
  revoke(id: string, at: number): Promise<boolean>;
}
