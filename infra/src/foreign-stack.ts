import type { AwsAnswer } from '../../src/adapters/aws/sdk/aws-errors.ts';
import { failureAdvice, failureMeaning, isOutside } from '../../src/adapters/aws/sdk/error-words.ts';
import { TwinhullError } from '../../src/domain/errors/twinhull-error.ts';
import { isForeignStack } from '../../src/settings/stack-defaults.ts';

/** What DescribeStacks returns of a stack, as far as it matters here. */
interface DescribedStack {
  readonly status: string;
  /** Empty if it has none. */
  readonly description: string;
}

/**
 * Checks that a deployment creates its stack or updates one of its own: CloudFormation updates any stack of the name,
 * and would delete the resources that our template does not contain.
 *
 * @throws SettingInvalid for a stack of another origin; AwsAccessDenied or BackendUnreachable where that is unknown
 */
export function refuseForeignStack(
  { stackName, region }: { readonly stackName: string; readonly region: string },
  answer: AwsAnswer<DescribedStack | undefined>,
): void {
  if ('failure' in answer) {
    const { failure } = answer;
    const code = isOutside(failure.kind) ? 'BackendUnreachable' : 'AwsAccessDenied';
    const message = `cannot check whether ${stackName} in ${region} is a stack of Twinhull: ${failureMeaning(failure.kind)}: ${failure.action} failed: ${failure.reason}`;
    throw new TwinhullError(code, message, {
      hint: `${failureAdvice(failure, region, '-c region')}; or look at npm run diff, then deploy with --adopt, which omits this check`,
    });
  }
  if (answer.value === undefined || !isForeignStack(answer.value)) return;
  const { status, description } = answer.value;
  const message = `${stackName} in ${region} is not a stack of Twinhull (${status}, description ${JSON.stringify(description)}): a deployment would replace its resources`;
  throw new TwinhullError('SettingInvalid', message, {
    hint: 'choose another name: -c name=NAME; or look at npm run diff, then deploy with --adopt, which replaces its resources',
  });
}
