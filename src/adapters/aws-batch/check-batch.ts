import { type BatchClient, DescribeJobDefinitionsCommand, DescribeJobQueuesCommand } from '@aws-sdk/client-batch';
import { type Platform, platformSuffix } from '../../domain/platform.ts';
import { quoted } from '../../domain/quoted.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import { failureKind } from '../aws/aws-failure.ts';
import { definitionQuery } from '../aws/definition-query.ts';
import { isAccess } from '../aws/failure-words.ts';
import { resourceNameOf } from '../aws/resource-name.ts';
import { askAgain, type Patience } from './backoff.ts';
import { batchError } from './batch-errors.ts';

/**
 * Whether a queue takes jobs now.
 * @throws SettingInvalid, AwsAccessDenied, BackendUnreachable
 */
export async function checkQueue(
  batch: BatchClient,
  platform: Platform,
  queue: string,
  patience: Patience,
): Promise<void> {
  const command = new DescribeJobQueuesCommand({ jobQueues: [queue] });
  const { jobQueues = [] } = await ask(() => batch.send(command), `look at the job queue ${queue}`, patience);
  const found = jobQueues.find(({ jobQueueName }) => jobQueueName === resourceNameOf(queue));
  const setting = `BUILD_${platformSuffix(platform).toUpperCase()}_QUEUE`;
  if (found === undefined) {
    throw new TwinhullError('SettingInvalid', `there is no Batch job queue ${quoted(queue)} in this region`, {
      platform,
      hint: `correct ${setting} or BATCH_REGION`,
    });
  }
  const { state, status, statusReason } = found;
  if (state === 'ENABLED' && (status === 'VALID' || status === 'UPDATING')) return;
  const why = statusReason ? `: ${statusReason}` : '';
  throw new TwinhullError(
    'SettingInvalid',
    `the Batch job queue ${quoted(queue)} is ${String(state)} and ${String(status)}${why}`,
    { platform, hint: `enable the queue and its compute environment, or name another in ${setting}` },
  );
}

/**
 * Whether the job definition can be submitted.
 * @throws SettingInvalid, AwsAccessDenied, BackendUnreachable
 */
export async function checkJobDefinition(batch: BatchClient, definition: string, patience: Patience): Promise<void> {
  const command = new DescribeJobDefinitionsCommand(definitionQuery(definition));
  const doing = `look at the job definition ${definition}`;
  const { jobDefinitions = [] } = await ask(() => batch.send(command), doing, patience);
  if (jobDefinitions.some(({ status }) => status === 'ACTIVE')) return;
  throw new TwinhullError(
    'SettingInvalid',
    `there is no active Batch job definition ${quoted(definition)} in this region`,
    { hint: 'correct BUILD_JOB_DEFINITION or BATCH_REGION, or deploy the infrastructure (docs/deploying.md)' },
  );
}

/** @throws SettingInvalid for a secret that the jobs would not find */
export function checkBuildSecrets(wanted: readonly string[], known: readonly string[]): void {
  const missing = wanted.find((id) => !known.includes(id));
  if (missing === undefined) return;
  throw new TwinhullError('SettingInvalid', `the recipe wants the build secret ${quoted(missing)}, which is not set`, {
    hint: `store it in Secrets Manager, and add ${missing}=its name or ARN to TWINHULL_BUILD_SECRETS`,
  });
}

async function ask<T>(call: () => Promise<T>, doing: string, patience: Patience): Promise<T> {
  try {
    return await askAgain(call, patience);
  } catch (error) {
    const ours = batchError(error, doing);
    const { message, hint } = ours;
    if (isAccess(failureKind(error))) throw new TwinhullError('AwsAccessDenied', message, { hint, cause: error });
    // Before a build there is no job that could be refused.
    if (ours.code !== 'JobRefused') throw ours;
    throw new TwinhullError('SettingInvalid', message, { hint, cause: error });
  }
}
