import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../../domain/loopback.ts';

/** What a proxy adds: behind one on this machine, everybody's connection comes from loopback. */
const forwarding = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

/**
 * Whether a request without a token was meant for a service on loopback by whoever sits at this machine: not by a page
 * of another site in their browser, be it through a name that was made to point here, and not through a proxy.
 */
export function isOfThisMachine(headers: IncomingHttpHeaders): boolean {
  const { host = '', origin } = headers;
  if (forwarding.some((name) => headers[name] !== undefined)) return false;
  return isLoopback(hostOf(`http://${host}`)) && (origin === undefined || origin === `http://${host}`);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}
