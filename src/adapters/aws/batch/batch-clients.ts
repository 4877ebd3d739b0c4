import { BatchClient } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { BackendRequest } from '../../../ports/job-backend.ts';
import { clientOptions } from '../sdk/client-options.ts';
import { observeRequests } from '../sdk/request-observer.ts';
import { troubleOf } from './batch-errors.ts';
import { stripJobBodies } from './strip-job-bodies.ts';

/** The clients of one region, which share connections. */
export interface BatchClients {
  readonly batch: BatchClient;
  readonly logs: CloudWatchLogsClient;
}

/** Where AWS is reached, for emulators and tests. */
export interface ConnectOptions {
  /** @default AWS's own, or `AWS_ENDPOINT_URL` */
  readonly endpoint?: string;
  /** @default the credentials that the AWS CLI would use */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Called for each request. @default none */
  readonly onRequest?: ((request: BackendRequest) => void) | undefined;
}

/**
 * Clients that send each request once: what may be retried, and when, is decided here and not in the SDK. They respect
 * `HTTPS_PROXY` and related variables, and `AWS_CA_BUNDLE`.
 *
 * @throws SettingInvalid when the CA bundle cannot be used
 */
export function connectBatch(region: string, { onRequest, ...options }: ConnectOptions = {}): BatchClients {
  const common = { ...clientOptions({ region }, 1), ...options };
  const clients = { batch: new BatchClient(common), logs: new CloudWatchLogsClient(common) };
  stripJobBodies(clients.batch);
  if (onRequest === undefined) return clients;
  for (const [service, client] of Object.entries(clients))
    observeRequests(client, { service, outcomeOf: troubleOf, onRequest });
  return clients;
}
