import { BatchClient } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { BackendRequest } from '../../ports/job-backend.ts';
import { clientOptions } from '../aws/client-options.ts';
import { tellRequests } from '../aws/tell-requests.ts';
import { troubleOf } from './batch-errors.ts';
import { slimAnswers } from './slim-answers.ts';

export interface BatchClients {
  readonly batch: BatchClient;
  readonly logs: CloudWatchLogsClient;
}

export interface ConnectOptions {
  /** @default AWS's own, or `AWS_ENDPOINT_URL` */
  readonly endpoint?: string;
  /** @default what the AWS command line would use */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Told of each request. @default nobody is */
  readonly onRequest?: ((request: BackendRequest) => void) | undefined;
}

/**
 * Clients that send each request once: what may be repeated, and when, is decided here and not in the SDK. They heed
 * `HTTPS_PROXY` and its kin, and `AWS_CA_BUNDLE`.
 *
 * @throws SettingInvalid when the CA bundle cannot be used
 */
export function connectBatch(region: string, { onRequest, ...options }: ConnectOptions = {}): BatchClients {
  const common = { ...clientOptions({ region }, 1), ...options };
  const clients = { batch: new BatchClient(common), logs: new CloudWatchLogsClient(common) };
  slimAnswers(clients.batch);
  if (onRequest === undefined) return clients;
  for (const [service, client] of Object.entries(clients))
    tellRequests(client, { service, outcomeOf: troubleOf, tell: onRequest });
  return clients;
}
