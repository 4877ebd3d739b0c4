import { BatchClient } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { clientOptions } from '../aws/client-options.ts';

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
  const common = { ...clientOptions({ region }, 1), ...options };
  return { batch: new BatchClient(common), logs: new CloudWatchLogsClient(common) };
}
