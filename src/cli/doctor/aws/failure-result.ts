import type { AwsFailure } from '../../../adapters/aws/aws-failure.ts';
import { failureAdvice, failureMeaning, isOutside } from '../../../adapters/aws/failure-words.ts';
import { type CheckResult, problem, warning } from '../check.ts';

/** Who asked and where: what advice has to name. */
export interface Asker {
  readonly region: string;
  /** ARN of the caller; undefined while it is not known. */
  readonly caller?: string | undefined;
}

/**
 * A question that got no answer. What was not allowed to be asked may well be in order, so it is a warning; all else is
 * in the way of builds too.
 */
export function failureResult(name: string, failure: AwsFailure, asker: Asker): CheckResult {
  const { kind, action, reason } = failure;
  if (kind === 'denied')
    return warning(
      name,
      `not found out: ${asker.caller ?? 'the caller'} may not ${action}`,
      `allow ${action} to it, or let somebody look who may`,
    );
  if (kind === 'throttled')
    return warning(name, `not found out: AWS has no time for ${action} (${reason})`, 'run doctor again');
  return {
    ...problem(
      name,
      `${failureMeaning(kind)}: ${action} in ${asker.region} failed: ${reason}`,
      failureAdvice(failure, asker.region),
    ),
    code: isOutside(kind) ? 'BackendUnreachable' : 'AwsAccessDenied',
  };
}
