import type { JobDefinitionFacts, SecretFacts, StackFacts } from '../../../adapters/aws/inspect/facts.ts';
import { readBootstrap } from '../../../builder/bootstrap.ts';
import { isForeignStack } from '../../../settings/stack-defaults.ts';
import type { Asker } from '../aws/failure-result.ts';
import { type CheckResult, ok, problem, warning } from '../check.ts';

/** The stack of this name: `undefined` when there is none, `'unknown'` when it could not be determined. */
export type Owner = StackFacts | undefined | 'unknown';

/** A resource that exists in the account. */
export interface Existing {
  readonly name: string;
  readonly arn: string;
}

/** A queue or repository, which CloudFormation cannot create where one of the name exists. */
export interface NamedResource {
  /** Such as `job queue`. */
  readonly kind: string;
  readonly name: string;
  /** What to do if the name is taken. */
  readonly advice: string;
}

/** Whether the deployment can create the resource, or already owns it. */
export function judgeName(
  check: string,
  { kind, name, advice }: NamedResource,
  existing: Existing | undefined,
  owner: Owner,
): CheckResult {
  if (existing === undefined) return ok(check, `${name} does not exist yet`);
  if (owner === 'unknown')
    return warning(check, `there is a ${kind} ${name}; whether it is part of the stack is unknown`, advice);
  if (belongsTo(existing, owner)) return ok(check, `${name} is part of the stack`);
  return problem(check, `there is a ${kind} ${name} that is not part of the stack: the deployment fails`, advice);
}

/**
 * A job definition whose name is taken gets a further revision. Jobs of others that are submitted by this name would
 * then run the builder; revisions that an earlier stack of ours left are harmless.
 */
export function judgeDefinitionName(
  check: string,
  name: string,
  existing: JobDefinitionFacts | undefined,
  owner: Owner,
): CheckResult {
  if (existing === undefined) return ok(check, `${name} does not exist yet`);
  const title = `${name}:${existing.revision}`;
  if (owner !== 'unknown' && belongsTo(existing, owner)) return ok(check, `${title} is part of the stack`);
  if (readBootstrap(existing.command) !== undefined)
    return ok(check, `${title} is of an earlier deployment: the deployment adds a revision`);
  return problem(
    check,
    `${title} exists, and does not run the builder of Twinhull: after the deployment, jobs that others submit by this name do`,
    'choose another name: -c jobDefinition=NAME, or -c name=NAME for all',
  );
}

/** An existing repository that the stack uses unchanged. */
export function judgeExistingRepository(check: string, name: string, existing: Existing | undefined): CheckResult {
  if (existing !== undefined) return ok(check, `${name} exists, and is used unchanged`);
  return problem(
    check,
    `there is no repository ${name}, although existingRepository is set`,
    'correct -c repository=NAME, or omit existingRepository: the stack then creates it',
  );
}

/** The stack only refers to secrets: a missing one fails the first build, not the deployment. */
export function judgePlannedSecret(
  check: string,
  { id, option }: { readonly id: string; readonly option: string },
  facts: SecretFacts | undefined,
  { region }: Asker,
): CheckResult {
  if (facts === undefined)
    return warning(
      check,
      `there is no secret ${id} in ${region}: jobs cannot read it`,
      `store it before the first build (docs/deploying.md), or correct -c ${option}=NAME`,
    );
  if (facts.isBeingDeleted)
    return warning(
      check,
      `${facts.name} is scheduled for deletion: jobs cannot read it`,
      `aws secretsmanager restore-secret --region ${region} --secret-id ${facts.name}`,
    );
  return ok(check, `${facts.name} exists; its value was not read`);
}

/** CloudFormation identifies a resource by name or ARN, as its type determines. */
function belongsTo({ name, arn }: Existing, owner: StackFacts | undefined): boolean {
  return owner !== undefined && !isForeignStack(owner) && (owner.resources.has(name) || owner.resources.has(arn));
}
