import type { SecretFacts } from '../../../adapters/aws/inspect/facts.ts';
import { type CheckResult, ok, problem } from '../check.ts';
import type { Asker } from './failure-result.ts';

/** Whether the secret exists. Its value is not read: only jobs may do that. */
export function judgeSecret(name: string, facts: SecretFacts, { region }: Asker): CheckResult {
  if (facts.isBeingDeleted)
    return problem(
      name,
      `${facts.name} is scheduled for deletion: jobs cannot read it`,
      `aws secretsmanager restore-secret --region ${region} --secret-id ${facts.name}`,
    );
  return ok(name, `${facts.name} exists; its value was not read`);
}

/** A problem that names the setting to correct. */
export function missingSecret(name: string, id: string, setting: string, { region }: Asker): CheckResult {
  return problem(
    name,
    `there is no secret ${id} in ${region}`,
    `correct ${setting}, or store it: aws secretsmanager create-secret --region ${region} --name ${id} --secret-string file://token`,
  );
}
