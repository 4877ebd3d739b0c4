import { reasonOf, TwinhullError } from '../domain/errors/twinhull-error.ts';
import { isLoopback } from '../domain/loopback.ts';
import { systemClock } from '../ports/clock.ts';
import { errorOf } from './problem.ts';
import { type Send, type SentRequest, sendByFetch } from './send.ts';

/** How to reach a service. */
export interface ConnectionOptions {
  /** URL of the service: https, or http on loopback; with a path if a proxy adds one; without credentials. */
  readonly url: string;
  /** Allows plain http to any host: the token and all responses travel unencrypted. @default false */
  readonly insecure?: boolean | undefined;
  /** The API token, read before each request because it may have been renewed. @default none is sent */
  readonly token?: (() => string | undefined | Promise<string | undefined>) | undefined;
  /** @default Node's own `fetch` */
  readonly send?: Send | undefined;
}

/** Milliseconds to wait before each repeat of a request that is safe to repeat. */
const pauses = [300, 1000] as const;

/** Sends requests with the token, and turns problem responses into errors. */
export class Connection {
  /** Without a trailing slash. */
  readonly url: string;
  readonly #host: string;
  readonly #token: ConnectionOptions['token'];
  readonly #send: Send;

  /** @throws ArgumentInvalid when `url` is not http(s), or is plain http to another machine without `insecure` */
  constructor({ url, insecure = false, token, send = sendByFetch }: ConnectionOptions) {
    const { origin, pathname, host } = serviceUrl(url, insecure);
    this.url = `${origin}${pathname.replace(/\/+$/, '')}`;
    this.#host = host;
    this.#token = token;
    this.#send = send;
  }

  /**
   * @param url of this service, in full
   * @returns a 2xx response
   * @throws ServerUnreachable, ServerRefused, and the service's own errors
   */
  async request(url: string, request: SentRequest): Promise<Response> {
    const token = await this.#token?.();
    const headers = { ...request.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    const response = await this.#send(url, { ...request, headers }).catch((error: unknown) => {
      throw this.unreachable(error);
    });
    if (response.ok) return response;
    const text = await response.text().catch((error: unknown) => {
      throw this.unreachable(error);
    });
    throw errorOf(response.status, text, this.#host);
  }

  /** The same, repeated up to twice when no response came: only for requests that are safe to repeat. */
  async requestSafely(url: string, request: SentRequest): Promise<Response> {
    for (const milliseconds of pauses) {
      try {
        return await this.request(url, request);
      } catch (error) {
        if (!TwinhullError.is(error, 'ServerUnreachable') || request.signal?.aborted) throw error;
        await systemClock.sleep(milliseconds, request.signal);
      }
    }
    return this.request(url, request);
  }

  /** The error for a response that did not arrive, or broke off. */
  unreachable(cause: unknown): TwinhullError {
    if (TwinhullError.is(cause)) return cause;
    // The error of `fetch` only reports that it failed; its cause has the reason.
    const reason = cause instanceof Error && cause.cause !== undefined ? reasonOf(cause.cause) : reasonOf(cause);
    return new TwinhullError('ServerUnreachable', `no response from ${this.#host}: ${reason}`, { cause });
  }

  /** The error for a response that violates the API. */
  unsuitable(what: string): TwinhullError {
    return new TwinhullError('ServerRefused', `${this.#host} does not respond like a Twinhull service: ${what}`);
  }
}

function serviceUrl(text: string, insecure: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isFit = url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  if (isFit && url.username === '' && url.password === '') {
    if (url.protocol === 'https:' || isLoopback(url.hostname) || insecure) return url;
    throw new TwinhullError(
      'ArgumentInvalid',
      `the service ${url.origin} is not reached over https: plain http exposes the token to the network`,
      {
        hint: `give https://${url.host}, or accept the risk with TWINHULL_INSECURE_SERVER=allow (in programs, insecure: true)`,
      },
    );
  }
  // Not quoted: it may contain a password.
  throw new TwinhullError('ArgumentInvalid', 'the address of the service is not a URL of http without credentials', {
    hint: 'give one such as https://twinhull.example',
  });
}
