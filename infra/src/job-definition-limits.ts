import { Token } from 'aws-cdk-lib';
import { type BatchVariable, definitionBudget, definitionLength } from '../../src/builder/batch-limits.ts';
import { invalidProp } from './invalid-prop.ts';

/** Reserved for values known only at deployment: names of buckets, and account ids within them. */
const unknownNames = 128;

/**
 * Asserts that a job definition leaves a build its share of the 8,192 characters that ECS allows.
 *
 * @throws SettingInvalid when command and environment are longer than `definitionBudget`
 */
export function checkDefinitionLength(command: readonly string[], environment: readonly BatchVariable[]): void {
  const unknown = command.filter((word) => Token.isUnresolved(word)).length;
  const length = definitionLength(command, environment) + unknown * unknownNames;
  if (length <= definitionBudget) return;
  throw invalidProp(
    'job.environment',
    `${length} characters with the command of its job definition`,
    `keep them under ${definitionBudget}, so that a build's own environment fits into the 8,192 characters that AWS Batch takes`,
  );
}
