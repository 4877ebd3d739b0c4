import {
  type BatchClient,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  type JobDefinition,
} from '@aws-sdk/client-batch';
import { definitionBudget, definitionLength } from '../../../builder/batch-limits.ts';
import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import { type Platform, platformSuffix } from '../../../domain/platform.ts';
import { quoted } from '../../../domain/quoted.ts';
import { failureKind } from '../sdk/aws-errors.ts';
import { definitionQuery } from '../sdk/definition-query.ts';
import { isAccess } from '../sdk/error-words.ts';
import { resourceNameOf } from '../sdk/resource-name.ts';
import { type RetryContext, withAwsRetries } from './aws-retries.ts';
import { batchError } from './batch-errors.ts';

/**
 * Checks that a queue accepts jobs now.
 * @throws SettingInvalid, AwsAccessDenied, BackendUnreachable
 */
export async function checkQueue(
  batch: BatchClient,
  platform: Platform,
  queue: string,
  patience: RetryContext,
): Promise<void> {
  const command = new DescribeJobQueuesCommand({ jobQueues: [queue] });
  const { jobQueues = [] } = await ask(() => batch.send(command), `describe the job queue ${queue}`, patience);
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
 * Checks that the job definition can be submitted.
 * @throws SettingInvalid, AwsAccessDenied, BackendUnreachable
 */
export async function checkJobDefinition(
  batch: BatchClient,
  definition: string,
  patience: RetryContext,
): Promise<void> {
  const command = new DescribeJobDefinitionsCommand(definitionQuery(definition));
  const doing = `describe the job definition ${definition}`;
  const { jobDefinitions = [] } = await ask(() => batch.send(command), doing, patience);
  const active = jobDefinitions.filter(({ status }) => status === 'ACTIVE');
  const latest = active.sort((one, other) => (other.revision ?? 0) - (one.revision ?? 0))[0];
  if (latest !== undefined) return checkDefinitionLength(definition, latest);
  throw new TwinhullError(
    'SettingInvalid',
    `there is no active Batch job definition ${quoted(definition)} in this region`,
    { hint: 'correct BUILD_JOB_DEFINITION or BATCH_REGION, or deploy the infrastructure (docs/deploying.md)' },
  );
}

/** @throws SettingInvalid when command and environment leave a job too little of the limit on overrides */
function checkDefinitionLength(definition: string, { containerProperties, revision }: JobDefinition): void {
  const { command = [], environment = [] } = containerProperties ?? {};
  const variables = environment.map(({ name = '', value = '' }) => ({ name, value }));
  const length = definitionLength(command, variables);
  if (length <= definitionBudget) return;
  throw new TwinhullError(
    'SettingInvalid',
    `the Batch job definition ${quoted(definition)}, revision ${String(revision)}, has ${String(length)} characters of command and environment, and AWS Batch fails jobs above ${String(definitionBudget)}`,
    { hint: 'deploy the stack of this version (docs/deploying.md), or shorten the environment of its jobs' },
  );
}

/** @throws SettingInvalid for a secret that is not available to the jobs */
export function checkBuildSecrets(wanted: readonly string[], known: readonly string[]): void {
  const missing = wanted.find((id) => !known.includes(id));
  if (missing === undefined) return;
  throw new TwinhullError('SettingInvalid', `the recipe needs the build secret ${quoted(missing)}, which is not set`, {
    hint: `store it in Secrets Manager, and add ${missing}=its name or ARN to TWINHULL_BUILD_SECRETS`,
  });
}

async function ask<T>(call: () => Promise<T>, doing: string, patience: RetryContext): Promise<T> {
  try {
    return await withAwsRetries(call, patience);
  } catch (error) {
    const ours = batchError(error, doing);
    const { message, hint } = ours;
    if (isAccess(failureKind(error))) throw new TwinhullError('AwsAccessDenied', message, { hint, cause: error });
    // Before a build there is no job that could be refused.
    if (ours.code !== 'JobRefused') throw ours;
    throw new TwinhullError('SettingInvalid', message, { hint, cause: error });
  }
}
