import { variable } from '../registry/environment.ts';
import { Network } from '../registry/network.ts';
import { SdkTransport } from './sdk-transport.ts';

/** Which AWS is asked. The endpoint is the SDK's choice: `AWS_ENDPOINT_URL`, or AWS itself. */
export interface AwsPlace {
  readonly region: string;
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
export function clientOptions({ region }: AwsPlace, maxAttempts = 2) {
  const { env: environment } = process;
  const caFile = variable(environment, 'AWS_CA_BUNDLE');
  const network = new Network({ environment, caFile, insecureHosts: new Set() });
  const requestHandler = new SdkTransport(network);
  return { region, maxAttempts, requestHandler, clientConfig: { requestHandler } };
}
