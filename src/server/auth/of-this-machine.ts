import type { FastifyRequest } from 'fastify';
import { isLoopback } from '../../domain/loopback.ts';

/** Headers that proxies add, in every spelling in use. */
const forwarding =
  /^(?:forwarded|via|client-ip|true-client-ip|cf-connecting-ip|fastly-client-ip|x-(?:forwarded|original|real|client|cluster|proxy|envoy|appengine|azure|amzn)(?:-.*)?)$/;

/**
 * Whether a program on this machine sent the request to a loopback address: not a page of another site in a local
 * browser, even through a host name that resolves to loopback, and not a proxy.
 */
export function isOfThisMachine({ headers, ip }: Pick<FastifyRequest, 'headers' | 'ip'>): boolean {
  const { host = '', origin } = headers;
  if (!isLoopback(ip.replace(/^::ffff:/i, ''))) return false;
  if (Object.keys(headers).some((name) => forwarding.test(name))) return false;
  return isLoopback(hostOf(`http://${host}`)) && (origin === undefined || origin === `http://${host}`);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}
