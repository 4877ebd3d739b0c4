import type { Readable } from 'node:stream';
import { type Dispatcher, request } from 'undici';
import { type Environment, variable } from '../registry/environment.ts';
import { Network } from '../registry/network.ts';

/** A request as the SDK hands it to its transport (HttpRequest of @smithy/types), as far as it is used here. */
export interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface SdkResponse {
  readonly response: {
    readonly statusCode: number;
    readonly headers: Record<string, string>;
    readonly body: Readable;
  };
}

/**
 * The AWS SDK's transport over the connections that registries are reached by: its own heeds neither `HTTPS_PROXY` nor
 * the system's certificates nor `AWS_CA_BUNDLE`.
 */
export class SdkHttpHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #network: Network;

  /** @throws SettingInvalid when `AWS_CA_BUNDLE` cannot be used */
  constructor(environment: Environment = process.env) {
    const caFile = variable(environment, 'AWS_CA_BUNDLE');
    this.#network = new Network({ environment, caFile, insecureHosts: new Set() });
  }

  async handle(asked: SdkRequest, options: { readonly abortSignal?: unknown } = {}): Promise<SdkResponse> {
    const url = urlOf(asked);
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher: this.#network.dispatcherFor(url),
        method: asked.method as Dispatcher.HttpMethod,
        // The host and the length follow from the URL and the body.
        headers: withoutHopHeaders(asked.headers),
        body: (asked.body ?? null) as Dispatcher.DispatchOptions['body'],
        signal: options.abortSignal instanceof AbortSignal ? options.abortSignal : null,
      });
      return { response: { statusCode, headers: flattened(headers), body } };
    } catch (error) {
      throw asTransient(error);
    }
  }

  updateHttpClientConfig(): void {
    // Nothing of it can be changed later.
  }

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  destroy(): void {
    void this.#network.close();
  }
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${String(port)}`}${path}`);
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === null ? [encode(name)] : [value].flat().map((one) => `${encode(name)}=${encode(one)}`),
  );
  url.search = pairs.join('&');
  return url;
}

/** As signatures want it: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function withoutHopHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const own = new Set(['content-length', 'connection', 'transfer-encoding']);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.has(name.toLowerCase())));
}

function flattened(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().join(', ')]],
    ),
  );
}

/** The SDK tries again after errors of this name; it does not know the codes of undici. */
function asTransient(error: unknown): unknown {
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('UND_ERR_')) {
    if (error.code !== 'UND_ERR_ABORTED' && error.code !== 'UND_ERR_INVALID_ARG') error.name = 'TimeoutError';
  }
  return error;
}
