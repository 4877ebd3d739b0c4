import { SdkTransport } from '../aws-batch/sdk-transport.ts';
import { Network } from '../registry/network.ts';
import { type Answer, ask } from './aws-failure.ts';

/** Which AWS is asked. The endpoint is the SDK's choice: `AWS_ENDPOINT_URL`, or AWS itself. */
export interface AwsPlace {
  readonly region: string;
}

/**
 * For questions that somebody waits for: a few attempts, none for long, over connections that heed proxies and private
 * CAs.
 *
 * @throws SettingInvalid when the CA bundle or the proxy of the environment cannot be used
 */
export function clientOptions({ region }: AwsPlace, environment: NodeJS.ProcessEnv = process.env) {
  const network = new Network({
    environment,
    caFile: environment['AWS_CA_BUNDLE'] || undefined,
    insecureHosts: new Set(),
  });
  return { region, maxAttempts: 2, requestHandler: new SdkTransport(network) };
}

/** One question by a client of its own, whose connections are closed afterwards. */
export async function askBy<Client extends { destroy(): void }, T>(
  client: Client,
  action: string,
  call: (client: Client) => Promise<T>,
): Promise<Answer<T>> {
  try {
    return await ask(action, () => call(client));
  } finally {
    client.destroy();
  }
}
