import { z } from 'zod';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { isLoopback } from '../../domain/loopback.ts';
import { readJsonIfValid } from '../../domain/strict-json.ts';
import type { Clock } from '../../ports/clock.ts';
import { exchange, type HttpAnswer } from '../network/http-exchange.ts';
import type { Network } from '../network/network.ts';
import type { Redaction } from './redaction.ts';
import { refusal, registryUnreachable } from './registry-errors.ts';

/**
 * What a `WWW-Authenticate: Bearer` challenge asks for: https://distribution.github.io/distribution/spec/auth/token/
 */
export interface TokenRequest {
  readonly realm: string;
  readonly service: string | undefined;
  readonly scope: string;
  /** Undefined for anonymous access. */
  readonly authorization: string | undefined;
}

/** A token of a registry's token service. */
export interface BearerToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const longestAnswer = 256 * 1024;
/** Seconds; the specification's default for a server that does not state a lifetime. */
const defaultLifetime = 60;
/** A token is no longer used shortly before it expires: this many seconds at most, or a tenth of its lifetime. */
const leeway = 10;

const tokenAnswer = z
  .object({
    token: z.string().optional(),
    access_token: z.string().optional(),
    expires_in: z.number().nonnegative().optional(),
  })
  .transform(({ token, access_token, expires_in }) => ({
    token: [token, access_token].find((candidate) => candidate !== undefined && candidate !== ''),
    lifetime: expires_in === undefined || expires_in === 0 ? defaultLifetime : expires_in,
  }));

/** Fetches bearer tokens from the service that a registry's challenge names. */
export class TokenService {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #redaction: Redaction;

  constructor(network: Network, clock: Clock, redaction: Redaction) {
    this.#network = network;
    this.#clock = clock;
    this.#redaction = redaction;
  }

  async request(wanted: TokenRequest): Promise<BearerToken> {
    const url = this.#realmUrl(wanted);
    const doing = `get a token for the registry from ${url.host}`;
    const askedAt = this.#clock.now();
    const answer = await this.#ask(url, wanted.authorization, doing);
    if (answer.status !== 200) throw refusal(answer, doing, this.#redaction);
    const { token, lifetime } = parseAnswer(answer, doing);
    return { token, expiresAt: askedAt + (lifetime - Math.min(leeway, lifetime / 10)) * 1000 };
  }

  async #ask(url: URL, authorization: string | undefined, doing: string): Promise<HttpAnswer> {
    const headers = { accept: 'application/json', ...(authorization && { authorization }) };
    try {
      return await exchange(this.#network, { method: 'GET', url, headers, limit: longestAnswer });
    } catch (error) {
      throw registryUnreachable(url, doing, error);
    }
  }

  /** A password is sent unencrypted only to loopback and to hosts that are declared insecure. */
  #realmUrl({ realm, service, scope }: TokenRequest): URL {
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    if (url === undefined)
      throw new TwinhullError('RegistryRefused', 'the registry names no valid URL of a token service');
    url.username = url.password = url.hash = '';
    const mayBePlain = isLoopback(url.hostname) || this.#network.isInsecure(url);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && mayBePlain)) {
      const message = `the registry requires credentials to be sent to ${url.host} over ${url.protocol.slice(0, -1)}`;
      throw new TwinhullError('RegistryRefused', message, {
        hint: 'if this is intended, name the host in TWINHULL_INSECURE_REGISTRIES',
      });
    }
    if (service !== undefined) url.searchParams.set('service', service);
    for (const part of scope.split(' ')) url.searchParams.append('scope', part);
    return url;
  }
}

function parseAnswer(answer: HttpAnswer, doing: string): { token: string; lifetime: number } {
  const parsed = answer.truncated ? undefined : tokenAnswer.safeParse(readJsonIfValid(answer.body)).data;
  const token = parsed?.token;
  if (parsed !== undefined && token !== undefined && /^[\x21-\x7e]+$/.test(token))
    return { token, lifetime: parsed.lifetime };
  throw new TwinhullError('RegistryRefused', `cannot ${doing}: its response contains no token`);
}
