import { BatchClient } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { Network } from '../registry/network.ts';
import { SdkTransport } from './sdk-transport.ts';

export interface BatchClients {
  readonly batch: BatchClient;
  readonly logs: CloudWatchLogsClient;
}

export interface ConnectOptions {
  /** @default AWS's own, or `AWS_ENDPOINT_URL` */
  readonly endpoint?: string;
  /** @default what the AWS command line would use */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * Clients that send each request once: what may be repeated, and when, is decided here and not in the SDK. They heed
 * `HTTPS_PROXY` and its kin, and `AWS_CA_BUNDLE`.
 *
 * @throws SettingInvalid when the CA bundle cannot be used
 */
export function connectBatch(region: string, options: ConnectOptions = {}): BatchClients {
  const { env: environment } = process;
  // That the SDK will want a later Node is nothing that whoever runs a build can act on.
  environment['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const network = new Network({
    environment,
    caFile: environment['AWS_CA_BUNDLE'] || undefined,
    insecureHosts: new Set(),
  });
  const common = { region, maxAttempts: 1, requestHandler: new SdkTransport(network), ...options };
  return { batch: new BatchClient(common), logs: new CloudWatchLogsClient(common) };
}
