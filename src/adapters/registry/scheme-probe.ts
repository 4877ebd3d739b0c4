import { isLoopback } from '../../domain/loopback.ts';
import { exchange, RedirectRefused } from '../network/http-exchange.ts';
import type { Network } from '../network/network.ts';
import { mayBePlain, unreachable } from '../network/network-failure.ts';

/** Docker Hub's API does not live under the name that images carry. */
const apiHosts: ReadonlyMap<string, string> = new Map([['docker.io', 'registry-1.docker.io']]);

/** Milliseconds: a server of plain http may wait for the rest of what it takes for a request. */
const probeTimeout = 5_000;

/**
 * Where a registry's API is. Plain http is spoken with loopback hosts and hosts declared insecure alone, and there
 * too https comes first, as docker does it.
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
  throw unreachable(https, `reach the registry ${host}`, failure.error);
}

/** Undefined when there is an answer, whichever: to read the roots of trust for that would take longer than to ask. */
async function probe(network: Network, url: URL): Promise<{ readonly error: unknown } | undefined> {
  try {
    await exchange(network, { method: 'GET', url, headers: {}, limit: 0, timeout: probeTimeout, unverified: true });
    return undefined;
  } catch (error) {
    return error instanceof RedirectRefused ? undefined : { error };
  }
}
