import { type Dispatcher, fetch as fetchThrough } from 'undici';
import { Network } from '../adapters/network/network.ts';
import { networkReason } from '../adapters/network/network-errors.ts';
import { readToken } from '../adapters/secrets/secret-file.ts';
import { TwinhullClient } from '../client/client.ts';
import type { Send } from '../client/send.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import type { ClientSettings } from '../settings/settings.ts';

/** In milliseconds: planning queries git servers and registries; a stream sends a keepalive every 15 s. */
const timeouts = { headers: 120_000, body: 60_000 };

/** A client with the proxy, CA and token of the settings. */
export interface OpenClient {
  readonly client: TwinhullClient;
  /** Closes connections, so that the process can end. */
  readonly close: () => Promise<void>;
}

/** A client of the service at `url`, which uses the proxy of the environment and trusts the CA of the settings. */
export function openClient(
  url: string,
  { tokenFile, caFile, insecure }: Omit<ClientSettings, 'server'>,
  environment: NodeJS.ProcessEnv = process.env,
): OpenClient {
  const network = new Network({ environment, caFile, insecureHosts: new Set(), timeouts });
  const token = tokenFile === undefined ? undefined : () => readToken('TWINHULL_TOKEN_FILE', tokenFile);
  const send = sendThrough((address) => network.dispatcherFor(address));
  return { client: new TwinhullClient({ url, insecure, token, send }), close: () => network.close() };
}

function sendThrough(dispatcherFor: (address: URL) => Dispatcher): Send {
  return async (url, { method, headers, body, signal }) => {
    const dispatcher = dispatcherFor(new URL(url));
    try {
      const sent = {
        method,
        headers,
        redirect: 'error',
        dispatcher,
        body: body ?? null,
        signal: signal ?? null,
      } as const;
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- undici's own class of the same standard
      return await fetchThrough(url, sent);
    } catch (error) {
      const { why, isCertificate } = networkReason(error);
      throw new TwinhullError('ServerUnreachable', `no response from ${new URL(url).host}: ${why}`, {
        cause: error,
        hint: isCertificate ? 'name the file of the CA that signed it in TWINHULL_SERVER_CA_FILE' : undefined,
      });
    }
  };
}
