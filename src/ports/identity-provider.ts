import type { Identity } from './token-store.ts';

/** Where the provider sends browsers back, below the URL of the service: registered at the provider. */
export const signInCallback = '/v1/sign-in/openid/callback';

/** What ties the answer of a provider to one sign-in of one browser: unguessable values that only both know. */
export interface SignInChallenge {
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE, https://www.rfc-editor.org/rfc/rfc7636: 43 characters. */
  readonly verifier: string;
}

/** Who signed in, as the provider attests. */
export interface AttestedIdentity extends Identity {
  /** Email address or subject, 1 to 100 characters: for the history of builds. */
  readonly name: string;
  readonly groups: readonly string[];
  /** As the provider signed it, for sign-out. */
  readonly idToken: string;
}

/**
 * Where people sign in: an OpenID provider, https://openid.net/specs/openid-connect-core-1_0.html. Errors of all calls:
 * IdentityProviderUnreachable, IdentityProviderRefused, SettingInvalid.
 */
export interface IdentityProvider {
  /** The host of the issuer, for people. */
  readonly host: string;
  /** Where to send the browser to sign in. */
  signInUrl(challenge: SignInChallenge): Promise<string>;
  /**
   * Verifies the answer that the browser brought back, and exchanges its code.
   *
   * @param answer the query of the callback. @throws SignInRefused
   */
  identify(answer: URLSearchParams, challenge: SignInChallenge): Promise<AttestedIdentity>;
  /**
   * Where to send the browser to sign out at the provider too.
   *
   * @param idToken of the session that ends: without it, providers ask for confirmation, and some refuse
   * @returns undefined where it offers none
   */
  signOutUrl(idToken: string | undefined): Promise<string | undefined>;
}
