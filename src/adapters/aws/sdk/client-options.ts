import { variable } from '../../network/environment.ts';
import { Network } from '../../network/network.ts';
import { SdkTransport, SharedTransport } from './sdk-transport.ts';

/** Which AWS to call. The SDK chooses the endpoint: `AWS_ENDPOINT_URL`, or AWS itself. */
export interface AwsPlace {
  readonly region: string;
  /** Carries the requests of several clients. @default each client has its own, which is closed with it */
  readonly transport?: SharedTransport | undefined;
}

/**
 * The options of every SDK client: its requests use connections that respect proxies and `AWS_CA_BUNDLE`. So do the
 * requests that obtain credentials: roles use the client's own transport, SSO logins that of `clientConfig`.
 * Credentials of containers and hosts come from addresses of this very machine, and need neither.
 *
 * @param maxAttempts how often the SDK itself sends a request; 1 where it must not be repeated. The default suits an
 * interactive query: few attempts, and no long wait
 * @throws SettingInvalid when the CA bundle or the proxy of the environment cannot be used
 */
export function clientOptions({ region, transport }: AwsPlace, maxAttempts = 2) {
  const requestHandler: SdkTransport = transport ?? new SdkTransport(awsNetwork());
  return { region, maxAttempts, requestHandler, clientConfig: { requestHandler } };
}

/** Connections for several clients, which outlive each of them. @throws SettingInvalid as `clientOptions` does */
export function sharedTransport(): SharedTransport {
  return new SharedTransport(awsNetwork());
}

function awsNetwork(): Network {
  const { env: environment } = process;
  return new Network({ environment, caFile: variable(environment, 'AWS_CA_BUNDLE'), insecureHosts: new Set() });
}
