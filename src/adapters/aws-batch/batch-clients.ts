import { BatchClient } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { Network } from '../registry/network.ts';
import { SdkTransport } from './sdk-transport.ts';

export interface BatchClients {
  readonly batch: BatchClient;
  readonly logs: CloudWatchLogsClient;
}

/**
 * Clients that send each request once: what may be repeated, and when, is decided here and not in the SDK. They heed
 * `AWS_ENDPOINT_URL`, the credentials that the AWS command line would use, `HTTPS_PROXY` and its kin, and
 * `AWS_CA_BUNDLE`.
 *
 * @throws SettingInvalid when the CA bundle cannot be used
 */
export function connectBatch(region: string, environment: NodeJS.ProcessEnv = process.env): BatchClients {
  const network = new Network({
    environment,
    caFile: environment['AWS_CA_BUNDLE'] || undefined,
    insecureHosts: new Set(),
  });
  const common = { region, maxAttempts: 1, requestHandler: new SdkTransport(network) };
  return { batch: new BatchClient(common), logs: new CloudWatchLogsClient(common) };
}
