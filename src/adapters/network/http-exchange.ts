import { request } from 'undici';
import type { Network } from './network.ts';

/** One request, bounded in time and in the size of its response. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  /** Longest response body to read, in bytes. */
  readonly limit: number;
  /** Milliseconds for the whole exchange. @default 30,000 */
  readonly timeout?: number;
  /** Accepts any certificate: only for requests that send no secret, and whose response is not trusted. */
  readonly unverified?: boolean;
}

/** A whole response, of any status. */
export interface HttpAnswer {
  /** The final URL, on another host than requested where `redirected`. */
  readonly url: URL;
  /** Whether the response came from another origin than the requested one. */
  readonly redirected: boolean;
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
  /** The body was longer than the limit; `body` contains its beginning. */
  readonly truncated: boolean;
}

/** A redirect that is not followed. */
export class RedirectRefused extends Error {}

const mostRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Sends one request and follows redirects of reads. `Authorization` is sent only to the requested origin: registries
 * redirect readers to storage that must not see it, and that often refuses a request which carries it.
 */
export async function exchange(network: Network, asked: HttpRequest): Promise<HttpAnswer> {
  const signal = AbortSignal.timeout(asked.timeout ?? 30_000);
  let current = asked;
  for (let hops = 0; ; hops++) {
    const answer = await send(network, current, asked.url, signal);
    const location = answer.header('location');
    if (!redirects.has(answer.status) || location === undefined || !isRead(asked)) return answer;
    if (hops === mostRedirects) throw new RedirectRefused(`it redirects more than ${mostRedirects} times`);
    current = { ...current, ...nextHop(network, current, location) };
  }
}

function isRead({ method }: HttpRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

async function send(network: Network, wanted: HttpRequest, asked: URL, signal: AbortSignal): Promise<HttpAnswer> {
  const { url, method, headers, body = null, unverified = false } = wanted;
  const dispatcher = network.dispatcherFor(url, unverified);
  const response = await request(url, { dispatcher, method, headers, body, signal });
  const { bytes, truncated } = await readBounded(response.body, wanted.limit);
  const header = (name: string): string | undefined => {
    const value = response.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  return { url, redirected: url.origin !== asked.origin, status: response.statusCode, header, body: bytes, truncated };
}

function nextHop(network: Network, from: HttpRequest, location: string): Pick<HttpRequest, 'url' | 'headers'> {
  if (!URL.canParse(location, from.url.href)) throw new RedirectRefused('it redirects to an invalid URL');
  const url = new URL(location, from.url);
  url.username = url.password = '';
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new RedirectRefused(`it redirects to ${url.protocol}`);
  if (from.url.protocol === 'https:' && url.protocol === 'http:' && !network.isInsecure(url)) {
    throw new RedirectRefused(`it redirects from https to plain http on ${url.host}`);
  }
  if (url.origin === from.url.origin) return { url, headers: from.headers };
  const headers = Object.fromEntries(Object.entries(from.headers).filter(([name]) => name !== 'authorization'));
  return { url, headers };
}

async function readBounded(body: AsyncIterable<Buffer>, limit: number) {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) return { bytes: Buffer.concat(chunks).subarray(0, limit), truncated: true };
  }
  return { bytes: Buffer.concat(chunks), truncated: false };
}
