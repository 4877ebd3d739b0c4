import { connectBatch } from '../adapters/aws/batch/batch-clients.ts';
import { BatchJobBackend } from '../adapters/aws/batch/batch-job-backend.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { BackendRequest, JobBackend } from '../ports/job-backend.ts';
import type { Settings } from '../settings/settings.ts';

/** A backend with connections of its own. */
export interface OpenBackend extends JobBackend {
  /** Closes connections, so that the process can end. */
  close(): void;
}

/** @throws SettingInvalid naming all missing settings */
export function openBatchBackend(
  { aws }: Pick<Settings, 'aws'>,
  clock: Clock,
  onRequest?: (request: BackendRequest) => void,
): OpenBackend {
  const { arm64Queue, amd64Queue, jobDefinition } = aws;
  if (arm64Queue === undefined || amd64Queue === undefined || jobDefinition === undefined) throw incomplete(aws);
  const options = {
    region: aws.region,
    queues: { 'linux/arm64': arm64Queue, 'linux/amd64': amd64Queue },
    jobDefinition,
    clock,
    eventQueue: aws.eventQueueUrl === undefined ? undefined : { url: aws.eventQueueUrl, onRequest },
    settleMilliseconds: aws.settleSeconds * 1000,
    buildSecrets: [...aws.buildSecretIds.keys()],
  };
  return new BatchJobBackend(options, connectBatch(aws.region, { onRequest }));
}

function incomplete({ arm64Queue, amd64Queue, jobDefinition }: Settings['aws']): TwinhullError {
  const needed = {
    BUILD_ARM64_QUEUE: arm64Queue,
    BUILD_AMD64_QUEUE: amd64Queue,
    BUILD_JOB_DEFINITION: jobDefinition,
  };
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : []));
  const verb = missing.length === 1 ? 'is' : 'are';
  return new TwinhullError('SettingInvalid', `the aws backend cannot be used: ${missing.join(', ')} ${verb} not set`, {
    hint: 'copy them from the outputs of the stack that infra/ deploys to the environment or the settings file',
  });
}
