import { request as send } from 'undici';
import type { Network } from '../../network/network.ts';

/** The SDK's request: https://smithy.io, `HttpRequest`. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

const setByUndici: ReadonlySet<string> = new Set(['host', 'content-length']);

/**
 * Sends the SDK's requests over the program's own connections: they respect proxies and private CAs, which the SDK's
 * transport does not. For requests and responses that fit into memory.
 */
export class SdkTransport {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
  }

  async handle(request: SdkRequest, options: { abortSignal?: unknown } = {}): Promise<{ response: SdkResponse }> {
    const { protocol, hostname, port, path, query, method, headers } = request;
    const url = new URL(
      `${protocol}//${hostname}${port === undefined ? '' : `:${String(port)}`}${path}${queryText(query)}`,
    );
    const {
      statusCode,
      headers: answered,
      body,
    } = await send(url, {
      dispatcher: this.#network.dispatcherFor(url),
      method: method as 'POST',
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !setByUndici.has(name.toLowerCase()))),
      body: request.body as Uint8Array | string,
      signal: (options.abortSignal as AbortSignal | undefined) ?? null,
    });
    const bytes = new Uint8Array(await body.arrayBuffer());
    return { response: { statusCode, headers: flat(answered), body: bytes } };
  }

  updateHttpClientConfig(): void {
    // It has no settings.
  }

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  /** Called by the SDK when a client is destroyed. */
  destroy(): void {
    void this.close();
  }

  close(): Promise<void> {
    return this.#network.close();
  }
}

/** A transport for several clients, which outlives each of them. */
export class SharedTransport extends SdkTransport {
  override destroy(): void {
    // Other clients still use it.
  }
}

/**
 * Encoded the way it was signed:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
function queryText(query: SdkRequest['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => (one === null ? encoded(name) : `${encoded(name)}=${encoded(one)}`)),
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
