import type { ImageRepository } from '../../domain/image-reference.ts';
import type { Clock } from '../../ports/clock.ts';
import { exchange, type HttpAnswer, type HttpRequest } from '../network/http-exchange.ts';
import type { Network } from '../network/network.ts';
import { withHttpRetries } from '../network/retry.ts';
import { type Access, Authorizer } from './authorizer.ts';
import type { CredentialsOf } from './credentials-of.ts';
import { Redaction } from './redaction.ts';
import { refusal, registryUnreachable } from './registry-errors.ts';
import { findRegistry } from './scheme-probe.ts';
import { TokenService } from './token-service.ts';

/** One client serves one repository. */
export interface RegistryClientOptions {
  readonly repository: ImageRepository;
  readonly network: Network;
  readonly credentials: CredentialsOf;
  readonly clock: Clock;
  readonly random: () => number;
}

/** A call of https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
export interface RegistryCall {
  readonly method: HttpRequest['method'];
  /** Relative to `/v2/{repository}/`, with its query. */
  readonly path: string;
  readonly access: Access;
  /** What the caller is doing, for errors: "read host/app:tag". */
  readonly doing: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Longest response body to read, in bytes. */
  readonly limit: number;
}

/** Sends the calls of one repository: finds the registry, logs in on request, and retries transient failures. */
export class RegistryClient {
  readonly #options: RegistryClientOptions;
  readonly #redaction = new Redaction();
  readonly #authorizer: Authorizer;
  #base: Promise<URL> | undefined;

  constructor(options: RegistryClientOptions) {
    const { repository, network, credentials, clock } = options;
    this.#options = options;
    this.#authorizer = new Authorizer({
      ...repository,
      credentials: (refused) => credentials(repository.host, refused),
      tokens: new TokenService(network, clock, this.#redaction),
      redaction: this.#redaction,
      clock,
    });
  }

  /**
   * The response, whatever its status.
   * @throws RegistryUnreachable when there is none, RegistryAccessDenied when there are no credentials to log in with
   */
  call(call: RegistryCall): Promise<HttpAnswer> {
    return withHttpRetries(() => this.#try(call), this.#options);
  }

  /** The error for a response with which `doing` cannot continue. */
  refusal(answer: HttpAnswer, { doing }: Pick<RegistryCall, 'doing'>): Error {
    return refusal(answer, doing, this.#redaction);
  }

  async #try(call: RegistryCall): Promise<HttpAnswer> {
    const base = await this.#findRegistry();
    const { method, limit, body, headers = {} } = call;
    const request = {
      method,
      url: new URL(`${this.#options.repository.path}/${call.path}`, base),
      headers,
      body,
      limit,
    };
    const authorization = this.#authorizer.header(call.access);
    const answer = await this.#send(request, authorization, call.doing);
    const challenge = answer.header('www-authenticate');
    // The target of a redirect may ask for credentials, but they are not meant for that host.
    if (answer.status !== 401 || answer.redirected || challenge === undefined) return answer;
    return this.#send(request, await this.#authorizer.renew(call.access, challenge, authorization), call.doing);
  }

  async #send(request: HttpRequest, authorization: string | undefined, doing: string): Promise<HttpAnswer> {
    const headers = { ...request.headers, ...(authorization && { authorization }) };
    try {
      return await exchange(this.#options.network, { ...request, headers });
    } catch (error) {
      throw registryUnreachable(request.url, doing, error);
    }
  }

  /** Cached; a failure is not. */
  #findRegistry(): Promise<URL> {
    this.#base ??= findRegistry(this.#options.network, this.#options.repository.host).catch((error: unknown) => {
      this.#base = undefined;
      throw error;
    });
    return this.#base;
  }
}
