import * as openId from 'openid-client';
import { fetch } from 'undici';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { mayCarrySecrets } from '../../domain/loopback.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AttestedIdentity, IdentityProvider, SignInChallenge } from '../../ports/identity-provider.ts';
import type { Network } from '../network/network.ts';
import { type Claims, claimOf, groupsOf, nameOf } from './claims.ts';
import { foreignAnswer, openIdError } from './openid-errors.ts';

/** How this service is registered at the provider. */
export interface OpenIdProviderOptions {
  /** https, or http to loopback. */
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined for a public client, which has PKCE alone. */
  readonly readSecret: () => Promise<string | undefined>;
  readonly scopes: readonly string[];
  readonly groupsClaim: string;
  /** What `aud` of ID tokens must contain in addition to the client id. */
  readonly audience?: string | undefined;
  /** Where the provider sends the browser back. */
  readonly redirectUrl: string;
  readonly signedOutUrl: string;
  readonly network: Network;
  readonly clock: Pick<Clock, 'now'>;
}

/** What the provider offers. */
export interface ProviderFacts {
  readonly hasPkce: boolean;
  readonly hasSignOut: boolean;
}

/** How long the metadata of the provider is used, in milliseconds. Its keys are read again when an unknown one signs. */
const discoveryLifetime = 3_600_000;

/** Of each request to the provider, in seconds. */
const timeout = 10;

/** Difference of clocks that is accepted, in seconds. */
const clockTolerance = 30;

/** An OpenID provider, found by its issuer when it is first needed: it may be down when the service starts. */
export class OpenIdProvider implements IdentityProvider {
  readonly host: string;
  readonly #options: OpenIdProviderOptions;
  #known: { readonly configuration: openId.Configuration; readonly at: number } | undefined;
  #discovering: Promise<openId.Configuration> | undefined;

  constructor(options: OpenIdProviderOptions) {
    this.#options = options;
    this.host = new URL(options.issuer).host;
  }

  async signInUrl({ state, nonce, verifier }: SignInChallenge): Promise<string> {
    const { scopes, redirectUrl } = this.#options;
    return this.#with(async (configuration) => {
      const url = openId.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUrl,
        scope: scopes.join(' '),
        state,
        nonce,
        code_challenge: await openId.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return this.#forBrowsers(url);
    });
  }

  async identify(answer: URLSearchParams, { state, nonce, verifier }: SignInChallenge): Promise<AttestedIdentity> {
    const { audience, groupsClaim, redirectUrl } = this.#options;
    const url = new URL(redirectUrl);
    url.search = answer.toString();
    return this.#with(async (configuration) => {
      const tokens = await openId.authorizationCodeGrant(configuration, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const token = tokens.claims();
      if (token === undefined) throw foreignAnswer(this.host, 'it has no ID token');
      if (audience !== undefined && ![token.aud].flat().includes(audience))
        throw foreignAnswer(this.host, 'its ID token is for another audience');
      const isComplete = claimOf(token, groupsClaim) !== undefined && token['email'] !== undefined;
      const further = isComplete ? {} : await userInfo(configuration, tokens.access_token, token.sub);
      const claims: Claims = { ...further, ...token };
      return {
        issuer: token.iss,
        subject: token.sub,
        name: nameOf(claims, token.sub),
        groups: groupsOf(claims, groupsClaim),
        idToken: tokens.id_token ?? '',
      };
    });
  }

  async signOutUrl(idToken: string | undefined): Promise<string | undefined> {
    return this.#with(async (configuration) => {
      if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
      const url = openId.buildEndSessionUrl(configuration, {
        post_logout_redirect_uri: this.#options.signedOutUrl,
        ...(idToken !== undefined && { id_token_hint: idToken }),
      });
      return this.#forBrowsers(url);
    });
  }

  /** Reads the metadata again. */
  async check(): Promise<ProviderFacts> {
    this.#known = undefined;
    return this.#with(async (configuration) => {
      const metadata = configuration.serverMetadata();
      return { hasPkce: metadata.supportsPKCE(), hasSignOut: metadata.end_session_endpoint !== undefined };
    });
  }

  async #with<T>(work: (configuration: openId.Configuration) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#configuration());
    } catch (error) {
      throw openIdError(error, this.host);
    }
  }

  /** One discovery at a time. A failed one is repeated by the next call, unless earlier metadata is at hand. */
  async #configuration(): Promise<openId.Configuration> {
    const known = this.#known;
    if (known !== undefined && this.#options.clock.now() - known.at < discoveryLifetime) return known.configuration;
    this.#discovering ??= this.#discover().finally(() => (this.#discovering = undefined));
    try {
      return await this.#discovering;
    } catch (error) {
      if (known !== undefined) return known.configuration;
      throw error;
    }
  }

  async #discover(): Promise<openId.Configuration> {
    const { issuer, clientId, readSecret, clock } = this.#options;
    const secret = await readSecret();
    const metadata = { [openId.clockTolerance]: clockTolerance };
    // What the provider offers decides how the secret is sent, and is not known yet.
    const discovered = await openId.discovery(new URL(issuer), clientId, metadata, openId.None(), {
      [openId.customFetch]: this.#fetch,
      timeout,
      execute: [...this.#execute],
    });
    const offered = discovered.serverMetadata();
    const authentication =
      secret === undefined ? openId.None() : secretBy(secret, offered.token_endpoint_auth_methods_supported);
    const found = new openId.Configuration(offered, clientId, metadata, authentication);
    found[openId.customFetch] = this.#fetch;
    found.timeout = timeout;
    for (const change of this.#execute) change(found);
    openId.enableNonRepudiationChecks(found);
    this.#known = { configuration: found, at: clock.now() };
    return found;
  }

  /** Lets plain http through for an issuer on loopback; `#fetch` allows no other. The library looks for its function. */
  get #execute(): readonly ((configuration: openId.Configuration) => void)[] {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked only to be noticed
    return new URL(this.#options.issuer).protocol === 'http:' ? [openId.allowInsecureRequests] : [];
  }

  readonly #fetch: openId.CustomFetch = async (address, { body, ...options }) => {
    const url = new URL(address);
    this.#refusePlain(url);
    const sent = { ...options, ...(body !== undefined && { body: body as string | URLSearchParams | null }) };
    const response = await fetch(url, { ...sent, dispatcher: this.#options.network.dispatcherFor(url) });
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- undici's class is the same as Node's
    return response;
  };

  #forBrowsers(url: URL): string {
    this.#refusePlain(url);
    return url.href;
  }

  /** Codes, tokens and the client's secret are sent there. */
  #refusePlain(url: URL): void {
    if (mayCarrySecrets(url)) return;
    throw new TwinhullError('IdentityProviderRefused', `the OpenID provider ${this.host} names ${url.origin}`, {
      hint: 'its endpoints must be https:// URLs',
    });
  }
}

/** Basic is the default of the specification: https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication */
function secretBy(secret: string, methods: readonly string[] = ['client_secret_basic']): openId.ClientAuth {
  return methods.includes('client_secret_basic') || !methods.includes('client_secret_post')
    ? openId.ClientSecretBasic(secret)
    : openId.ClientSecretPost(secret);
}

/** Some providers keep ID tokens short, and have groups or the email address there. */
async function userInfo(configuration: openId.Configuration, accessToken: string, subject: string): Promise<Claims> {
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return {};
  return openId.fetchUserInfo(configuration, accessToken, subject);
}
