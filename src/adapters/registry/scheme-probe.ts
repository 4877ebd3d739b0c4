import { isLoopback } from '../../domain/loopback.ts';
import { exchange, RedirectRefused } from '../network/http-exchange.ts';
import type { Network } from '../network/network.ts';
import { mayBePlain } from '../network/network-errors.ts';
import { registryUnreachable } from './registry-errors.ts';

/** Docker Hub's API is on another host than the one in image names. */
const apiHosts: ReadonlyMap<string, string> = new Map([['docker.io', 'registry-1.docker.io']]);

/** Milliseconds: a plain http server may take the handshake for the start of a request, and wait for the rest. */
const probeTimeout = 5_000;

/**
 * The URL of a registry's API. Plain http is only used with loopback hosts and hosts declared insecure, and only after
 * https failed, as in docker.
 *
 * @throws RegistryUnreachable
 */
export async function findRegistry(network: Network, host: string): Promise<URL> {
  const https = new URL(`https://${apiHosts.get(host) ?? host}/v2/`);
  if (!isLoopback(https.hostname) && !network.isInsecure(https)) return https;
  const tlsFailure = await probe(network, https);
  if (tlsFailure === undefined) return https;
  const http = new URL(https.href.replace(/^https:/, 'http:'));
  const failure = mayBePlain(tlsFailure.error) ? await probe(network, http) : tlsFailure;
  if (failure === undefined) return http;
  throw registryUnreachable(https, `reach the registry ${host}`, failure.error);
}

/** Undefined for any response. Unverified, because reading the trusted roots would take longer than the probe. */
async function probe(network: Network, url: URL): Promise<{ readonly error: unknown } | undefined> {
  try {
    await exchange(network, { method: 'GET', url, headers: {}, limit: 0, timeout: probeTimeout, unverified: true });
    return undefined;
  } catch (error) {
    return error instanceof RedirectRefused ? undefined : { error };
  }
}
