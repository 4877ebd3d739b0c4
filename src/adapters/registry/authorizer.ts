import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RegistryCredentials } from '../../ports/secret-source.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Redaction } from './redaction.ts';
import type { BearerToken, TokenService } from './token-service.ts';

/** How a request accesses the repository. The right to push includes pull; deletion is a separate right. */
export type Access = 'pull' | 'push' | 'delete';

const grantsFor: Readonly<Record<Access, readonly Access[]>> = {
  pull: ['push', 'pull'],
  push: ['push'],
  delete: ['delete'],
};
const actionsFor: Readonly<Record<Access, string>> = { pull: 'pull', push: 'pull,push', delete: 'delete' };

/** Whose credentials are used for which repository. */
export interface AuthorizerOptions {
  readonly host: string;
  readonly path: string;
  readonly credentials: (refused: RegistryCredentials | undefined) => Promise<RegistryCredentials | undefined>;
  readonly tokens: TokenService;
  readonly redaction: Redaction;
  readonly clock: Clock;
}

interface Grant {
  readonly header: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * The `Authorization` header of requests: requested on the registry's challenge, cached until it expires or is refused.
 * Bearer tokens follow https://distribution.github.io/distribution/spec/auth/token/.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #grants = new Map<Access, Grant>();
  readonly #pending = new Map<Access, Promise<Grant>>();
  #used: RegistryCredentials | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** Undefined until the registry has asked for a login. */
  header(access: Access): string | undefined {
    const now = this.#options.clock.now();
    const grants = grantsFor[access].map((each) => this.#grants.get(each));
    return grants.find((grant) => grant !== undefined && grant.expiresAt > now)?.header;
  }

  /**
   * The header to try after a 401. `refused` is the rejected header: if another request has obtained a newer one
   * meanwhile, that is returned, and requests that are rejected at the same time share one token request.
   *
   * @throws RegistryAccessDenied when there is none to try
   */
  async renew(access: Access, challengeHeader: string, refused: string | undefined): Promise<string> {
    for (const [key, grant] of this.#grants) if (grant.header === refused) this.#grants.delete(key);
    const newer = this.header(access);
    if (newer !== undefined) return newer;
    const pending = this.#pending.get(access) ?? this.#obtain(access, parseChallenges(challengeHeader), refused);
    this.#pending.set(access, pending);
    try {
      const grant = await pending;
      this.#grants.set(access, grant);
      return grant.header;
    } finally {
      this.#pending.delete(access);
    }
  }

  async #obtain(access: Access, challenges: readonly Challenge[], refused: string | undefined): Promise<Grant> {
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    const basic = challenges.find(({ scheme }) => scheme === 'basic');
    if (bearer === undefined && basic === undefined) throw this.#unknownScheme(challenges);
    // A refused bearer token has usually expired, which proves nothing about the credentials behind it.
    const isRefused = this.#used !== undefined && refused === basicHeader(this.#used);
    const credentials = await this.#options.credentials(isRefused ? this.#used : undefined);
    this.#used = credentials;
    if (credentials !== undefined) this.#remember(credentials);
    if (bearer !== undefined) return this.#bearerGrant(await this.#token(bearer, access, credentials));
    if (credentials === undefined) throw this.#denied('it requires a user name and password, and none are configured');
    return { header: basicHeader(credentials), expiresAt: credentials.expiresAt ?? Number.POSITIVE_INFINITY };
  }

  #token(challenge: Challenge, access: Access, credentials: RegistryCredentials | undefined): Promise<BearerToken> {
    // The registry's own scope comes first: some serve the repository under another name.
    const scope = challenge.parameters.get('scope') ?? `repository:${this.#options.path}:${actionsFor[access]}`;
    const realm = challenge.parameters.get('realm') ?? '';
    const authorization = credentials && basicHeader(credentials);
    return this.#options.tokens.request({ realm, service: challenge.parameters.get('service'), scope, authorization });
  }

  #bearerGrant({ token, expiresAt }: BearerToken): Grant {
    this.#options.redaction.add(token);
    return { header: `Bearer ${token}`, expiresAt };
  }

  #remember({ username, password }: RegistryCredentials): void {
    this.#options.redaction.add(password);
    this.#options.redaction.add(`${username}:${password}`);
  }

  #unknownScheme(challenges: readonly Challenge[]): TwinhullError {
    const schemes = challenges.map(({ scheme }) => scheme).join(', ');
    return this.#denied(
      schemes === '' ? 'it names no authentication scheme' : `it requires ${schemes}, which is not supported`,
    );
  }

  #denied(why: string): TwinhullError {
    const { host, path } = this.#options;
    const message = `${host} refused access to ${path}: ${why}`;
    return new TwinhullError('RegistryAccessDenied', message, { hint: `log in with \`docker login ${host}\`` });
  }
}

function basicHeader({ username, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
