import type { FastifyReply, FastifyRequest } from 'fastify';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';

type Headers = Pick<FastifyRequest, 'headers'>;

/** Requests that change something carry it. A page of another origin cannot add a header without our consent. */
const ownHeader = 'twinhull-request';

/** `session` for the requests of the pages; `sign-in` from the start of a sign-in at a provider to its end. */
type CookieKind = 'session' | 'sign-in';

/** A provider's page sends the browser back, which counts as coming from another site: Strict cookies stay behind. */
const sameSite = { session: 'Strict', 'sign-in': 'Lax' } as const;

/** The value of the cookie, if the request has one. */
export function cookieOf(kind: CookieKind, request: Headers): string | undefined {
  const name = cookieName(kind, request);
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([found]) => found === name)?.[1];
}

/** Sets the cookie; an empty value removes it. */
export function setCookie(
  kind: CookieKind,
  request: Headers,
  reply: FastifyReply,
  { value, seconds }: { readonly value: string; readonly seconds: number },
): void {
  const secure = isBehindTls(request) ? '; Secure' : '';
  const flags = `Path=/; HttpOnly; SameSite=${sameSite[kind]}; Max-Age=${String(Math.floor(seconds))}${secure}`;
  reply.header('set-cookie', `${cookieName(kind, request)}=${value}; ${flags}`);
}

/**
 * Refuses what another site's page may have made the browser send. SameSite does not cover other ports of this host.
 *
 * @throws NotAllowedHere
 */
export function refuseCrossSite({ method, headers }: Pick<FastifyRequest, 'headers' | 'method'>): void {
  const site = headers['sec-fetch-site'];
  const foreign = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (foreign || (method !== 'GET' && method !== 'HEAD' && headers[ownHeader] === undefined))
    throw new TwinhullError('NotAllowedHere', 'the request does not come from the pages of this service', {
      hint: 'use the pages of the service; programs send an API token instead of the cookie',
    });
}

/** Cookies are shared between the ports of a host, so the name has the port. Browsers keep `__Host-` to TLS. */
function cookieName(kind: CookieKind, request: Headers): string {
  if (isBehindTls(request)) return `__Host-twinhull-${kind}`;
  const port = /:(\d+)$/.exec(request.headers.host ?? '')?.[1] ?? '80';
  return `twinhull-${kind}-${port}`;
}

/** The service uses plain HTTP itself: a proxy in front reports TLS. A false report only makes the cookie stricter. */
function isBehindTls({ headers }: Headers): boolean {
  return String(headers['x-forwarded-proto']).startsWith('https') || /proto=https/i.test(headers.forwarded ?? '');
}
