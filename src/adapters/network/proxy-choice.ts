import { BlockList, isIP } from 'node:net';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { isLoopback } from '../../domain/loopback.ts';
import { type Environment, variable } from './environment.ts';

/**
 * The proxy for a URL, by `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` (lower case takes precedence) with the rules of
 * curl, git and docker: an entry is a domain including its subdomains, an address, a network such as `10.0.0.0/8`, or
 * `*`, each with or without a port. Loopback hosts never use a proxy.
 *
 * @throws SettingInvalid when the proxy to use is not an http(s) URL
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = setting(environment, name);
  if (proxy === undefined || isLoopback(url.hostname)) return undefined;
  const entries = (setting(environment, 'NO_PROXY') ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  return entries.some((entry) => matches(entry, url)) ? undefined : parseProxy(name, proxy);
}

function setting(environment: Environment, name: string): string | undefined {
  return variable(environment, name.toLowerCase()) ?? variable(environment, name);
}

function matches(entry: string, url: URL): boolean {
  if (entry === '*') return true;
  const [, host = entry, port] = /^(.+?):(\d+)$/.exec(entry) ?? [];
  if (port !== undefined && !isIP(entry) && port !== portOf(url)) return false;
  const wanted = (isIP(entry) ? entry : host).toLowerCase();
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(hostname) > 0) return matchesAddress(wanted.replace(/^\[|\]$/g, ''), hostname);
  const domain = wanted.replace(/^\*?\./, '');
  return hostname === domain || hostname.endsWith(`.${domain}`);
}

function matchesAddress(entry: string, address: string): boolean {
  const [network = '', prefix] = entry.split('/');
  const family = isIP(network);
  if (family === 0 || family !== isIP(address)) return false;
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

function portOf(url: URL): string {
  if (url.port !== '') return url.port;
  return url.protocol === 'https:' ? '443' : '80';
}

/** The message never repeats the value: it may contain a password. */
function parseProxy(name: string, value: string): URL {
  const text = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new TwinhullError('SettingInvalid', `${name} is not the URL of an HTTP proxy`, {
    hint: 'give http://host:port or https://host:port; other kinds of proxy are not supported',
  });
}
