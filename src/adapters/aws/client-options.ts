import { variable } from '../network/environment.ts';
import { Network } from '../network/network.ts';
import { SdkTransport, SharedTransport } from './sdk-transport.ts';

/** Which AWS is asked. The endpoint is the SDK's choice: `AWS_ENDPOINT_URL`, or AWS itself. */
export interface AwsPlace {
  readonly region: string;
  /** Carries the requests of several clients. @default each has one of its own, which ends with it */
  readonly transport?: SharedTransport | undefined;
}

/**
 * What every client of the SDK is made with: its requests go over connections that heed proxies and `AWS_CA_BUNDLE`.
 * So do those by which it comes to credentials: roles take the client's own transport, logins by SSO that of
 * `clientConfig`. Containers' and hosts' credentials come from addresses of this very machine, and need neither.
 *
 * @param maxAttempts how often the SDK itself sends a request; 1 where it must not be repeated. By default a few times
 *   and none for long, as suits a question that somebody waits for
 * @throws SettingInvalid when the CA bundle or the proxy of the environment cannot be used
 */
export function clientOptions({ region, transport }: AwsPlace, maxAttempts = 2) {
  const requestHandler: SdkTransport = transport ?? new SdkTransport(awsNetwork());
  return { region, maxAttempts, requestHandler, clientConfig: { requestHandler } };
}

/** Connections for several clients, which stay when one of them ends. @throws SettingInvalid as `clientOptions` does */
export function sharedTransport(): SharedTransport {
  return new SharedTransport(awsNetwork());
}

function awsNetwork(): Network {
  const { env: environment } = process;
  return new Network({ environment, caFile: variable(environment, 'AWS_CA_BUNDLE'), insecureHosts: new Set() });
}
