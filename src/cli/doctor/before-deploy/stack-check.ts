import type { StackFacts } from '../../../adapters/aws/inspect/facts.ts';
import { isForeignStack } from '../../../settings/stack-defaults.ts';
import { counted } from '../../render/quantities.ts';
import type { Asker } from '../aws/failure-result.ts';
import { type CheckResult, ok, problem, warning } from '../check.ts';

/** Stack of `cdk bootstrap`, unless it was given another name. */
export const toolkitStack = 'CDKToolkit';

/** Whether a deployment would create the stack, update our own, or change one of another origin. */
export function judgeStack(
  name: string,
  stackName: string,
  stack: StackFacts | undefined,
  { region }: Asker,
): CheckResult {
  if (stack === undefined) return ok(name, `there is no ${stackName} in ${region}: the deployment creates it`);
  const { status, resources } = stack;
  const command = (action: string) => `aws cloudformation ${action} --region ${region} --stack-name ${stackName}`;
  if (isForeignStack(stack))
    return problem(
      name,
      `${stackName} exists, and is not a stack of Twinhull: the deployment would replace its ${counted(resources.size, 'resource')}`,
      'choose another name: -c name=NAME (docs/deploying.md); npm run deploy refuses to change it, and npm run diff shows what a deployment would change',
    );
  if (status === 'REVIEW_IN_PROGRESS')
    return ok(
      name,
      `${stackName} has a change set that was never executed, and no resources: the deployment creates it`,
    );
  if (status.endsWith('_IN_PROGRESS'))
    return problem(
      name,
      `${stackName} is ${status}: CloudFormation accepts no other deployment meanwhile`,
      `wait for its end: ${command('describe-stack-events')}`,
    );
  if (status === 'ROLLBACK_COMPLETE')
    return warning(
      name,
      `${stackName} is ${status}: its creation failed`,
      `cdk deploy deletes it and creates it again; before aws cloudformation deploy: ${command('delete-stack')}`,
    );
  if (status === 'UPDATE_ROLLBACK_FAILED')
    return problem(name, `${stackName} is ${status}: it cannot be updated`, command('continue-update-rollback'));
  if (status.endsWith('_FAILED'))
    return problem(name, `${stackName} is ${status}: it cannot be updated`, command('delete-stack'));
  return ok(name, `${stackName} is deployed (${status}): the deployment updates it`);
}

/** Whether `cdk bootstrap` was run: its bucket receives the builder script. */
export function judgeBootstrap(
  name: string,
  toolkit: StackFacts | undefined,
  { region, account }: Asker & { readonly account: string },
): CheckResult {
  if (toolkit !== undefined) return ok(name, `${toolkitStack} is deployed (${toolkit.status})`);
  return warning(
    name,
    `there is no stack ${toolkitStack} in ${region}: without its bucket and roles, cdk deploy fails`,
    `npx cdk bootstrap aws://${account}/${region}, unless that was done with --toolkit-stack-name; or deploy with -c bootstrapped=false`,
  );
}
