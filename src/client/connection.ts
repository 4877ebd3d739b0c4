import { reasonOf, TwinhullError } from '../errors/twinhull-error.ts';
import { systemClock } from '../ports/clock.ts';
import { errorOf } from './problem.ts';
import { type Send, type SentRequest, sendByFetch } from './send.ts';

export interface ConnectionOptions {
  /** Where the service is reached: http(s), with a path where a proxy gives it one; without credentials. */
  readonly url: string;
  /** The API token, asked for before each request: it may be renewed meanwhile. @default none is sent */
  readonly token?: (() => string | undefined | Promise<string | undefined>) | undefined;
  /** @default Node's own `fetch` */
  readonly send?: Send | undefined;
}

/** How often what can be repeated without harm is sent, and how long to wait in between, in milliseconds. */
const pauses = [300, 1000] as const;

/** Sends requests with the token, and makes errors of answers that are problems. */
export class Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly #host: string;
  readonly #token: ConnectionOptions['token'];
  readonly #send: Send;

  /** @throws ArgumentInvalid when `url` is none of http */
  constructor({ url, token, send = sendByFetch }: ConnectionOptions) {
    const { origin, pathname, host } = serviceUrl(url);
    this.url = `${origin}${pathname.replace(/\/+$/, '')}`;
    this.#host = host;
    this.#token = token;
    this.#send = send;
  }

  /**
   * @param url of this service, whole
   * @returns an answer of 2xx
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

  /** The same, once more and once again where no answer came: for what does no harm when it was done already. */
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

  /** The error for an answer that did not come, or broke off. */
  unreachable(cause: unknown): TwinhullError {
    if (TwinhullError.is(cause)) return cause;
    // What `fetch` throws says no more than that it failed; why, stands below.
    const reason = cause instanceof Error && cause.cause !== undefined ? reasonOf(cause.cause) : reasonOf(cause);
    return new TwinhullError('ServerUnreachable', `no answer from ${this.#host}: ${reason}`, { cause });
  }

  /** The error for an answer that is not what the API promises. */
  unsuitable(what: string): TwinhullError {
    return new TwinhullError('ServerRefused', `${this.#host} does not answer as a Twinhull service does: ${what}`);
  }
}

function serviceUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isFit = url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  if (isFit && url.username === '' && url.password === '') return url;
  // Not repeated: it may hold a password.
  throw new TwinhullError('ArgumentInvalid', 'the address of the service is not a URL of http without credentials', {
    hint: 'give one such as https://twinhull.example',
  });
}
