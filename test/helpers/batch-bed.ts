import { BatchStandIn } from '../../lab/batch-stand-in/server.ts';
import type { StandInOptions } from '../../lab/batch-stand-in/stand-in-options.ts';
import { type BatchClients, connectBatch } from '../../src/adapters/aws/batch/batch-clients.ts';
import { BatchJobBackend, type BatchJobBackendOptions } from '../../src/adapters/aws/batch/batch-job-backend.ts';
import { systemClock } from '../../src/ports/clock.ts';

export const batchQueues = { 'linux/arm64': 'builds-arm64', 'linux/amd64': 'builds-amd64' } as const;

/** The stand-in checks no credentials. */
export const standInCredentials = { accessKeyId: 'stand-in', secretAccessKey: 'stand-in' };

/** A stand-in for AWS Batch, and clients of it. Not AWS: see lab/batch-stand-in/README.md. */
export interface BatchBed {
  readonly standIn: BatchStandIn;
  backend(change?: Partial<BatchJobBackendOptions>, clients?: BatchClients): BatchJobBackend;
  clients(): BatchClients;
  dispose(): Promise<void>;
}

export async function openBatchBed(
  options: Partial<StandInOptions> & Pick<StandInOptions, 'conduct'>,
): Promise<BatchBed> {
  const clock = options.clock ?? systemClock;
  const standIn = await BatchStandIn.start({
    clock,
    queues: Object.values(batchQueues).map((name) => ({ name })),
    jobDefinitions: ['builder'],
    ...options,
  });
  const backends: BatchJobBackend[] = [];
  const clients = (): BatchClients =>
    connectBatch('us-gov-west-1', { endpoint: standIn.url, credentials: standInCredentials });
  return {
    standIn,
    clients,
    backend(change = {}, given = clients()) {
      const backend = new BatchJobBackend(
        { region: 'us-gov-west-1', queues: batchQueues, jobDefinition: 'builder', clock, ...change },
        given,
      );
      backends.push(backend);
      return backend;
    },
    async dispose() {
      for (const backend of backends) backend.close();
      await standIn.close();
    },
  };
}
