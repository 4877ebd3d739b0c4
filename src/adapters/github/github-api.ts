import { request } from 'undici';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Network } from '../network/network.ts';
import { networkReason } from '../network/network-errors.ts';

/** A call of GitHub's REST API. */
export interface GitHubRequest {
  readonly method: 'GET' | 'POST';
  /** Relative to the API's base URL, beginning with a slash. */
  readonly path: string;
  /** Sent as a bearer token, and only to the API's own origin. */
  readonly token: string;
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

/** A response of any status: the caller decides which ones are errors. */
export interface GitHubAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** Undefined when the body is not JSON. */
  readonly json: unknown;
}

/** Milliseconds for a whole exchange. */
const timeout = 15_000;
/** In bytes: the responses that are read are small. */
const longestBody = 1024 * 1024;
const mostRedirects = 3;
const redirects: ReadonlySet<number> = new Set([301, 302, 307, 308]);

/** GitHub's REST API: https://docs.github.com/en/rest. The network handles proxies and private CAs. */
export class GitHubApi {
  readonly #url: string;
  readonly #network: Network;

  /** @param url without a trailing slash */
  constructor(url: string, network: Network) {
    this.#url = url;
    this.#network = network;
  }

  /**
   * Sends one request and returns the response, whatever its status. Redirects of renamed repositories are followed.
   * @throws GitHubUnreachable when there is no response
   */
  async call(asked: GitHubRequest): Promise<GitHubAnswer> {
    let url = new URL(this.#url + asked.path);
    for (let hops = 0; ; hops += 1) {
      const answer = await this.#send(url, asked);
      const location = answer.header('location');
      if (!redirects.has(answer.status) || location === undefined || hops === mostRedirects) return answer;
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      if (next?.origin !== url.origin) return answer;
      url = next;
    }
  }

  async #send(url: URL, { method, token, body, signal }: GitHubRequest): Promise<GitHubAnswer> {
    const deadline = AbortSignal.timeout(timeout);
    try {
      const response = await request(url, {
        dispatcher: this.#network.dispatcherFor(url),
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/vnd.github+json',
          'x-github-api-version': '2022-11-28',
          'user-agent': 'twinhull',
          ...(body && { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      });
      const text = await boundedText(response.body);
      const header = (name: string): string | undefined => [response.headers[name]].flat()[0];
      return { status: response.statusCode, header, json: parsed(text) };
    } catch (cause) {
      if (TwinhullError.is(cause)) throw cause;
      const { why, isCertificate } = networkReason(cause);
      throw new TwinhullError('GitHubUnreachable', `no response from GitHub's API at ${url.host}: ${why}`, {
        cause,
        hint: isCertificate ? 'name the file of the CA that signed its certificate in TWINHULL_GIT_CA_FILE' : undefined,
      });
    }
  }
}

async function boundedText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > longestBody) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
