import { isIPv4 } from 'node:net';

/** Whether a host name or address can only be this machine. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}

/**
 * Whether a request without a token was meant for a service on loopback by whoever sits at this machine: not by a page
 * of another site in their browser, be it through a name that was made to point here.
 */
export function isOfThisMachine(headers: {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}): boolean {
  const { host = '', origin } = headers;
  return isLoopback(hostOf(`http://${host}`)) && (origin === undefined || origin === `http://${host}`);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}
