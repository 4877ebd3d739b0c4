import type { AwsFailure } from '../../../adapters/aws/sdk/aws-errors.ts';
import { failureAdvice, failureMeaning, isOutside } from '../../../adapters/aws/sdk/error-words.ts';
import { type CheckResult, problem, warning } from '../check.ts';

/** The caller and region that advice has to name. */
export interface Asker {
  readonly region: string;
  /** The setting or option that names it. @default 'BATCH_REGION' */
  readonly regionSetting?: string;
  /** ARN of the caller; undefined while unknown. */
  readonly caller?: string | undefined;
}

/**
 * The result of a failed request. A denied request is a warning, because the resource may well be in order; every other
 * failure affects builds too.
 */
export function failureResult(name: string, failure: AwsFailure, asker: Asker): CheckResult {
  const { kind, action, reason } = failure;
  if (kind === 'denied')
    return warning(
      name,
      `not checked: ${asker.caller ?? 'the caller'} may not call ${action}`,
      `allow it ${action}, or run doctor with credentials that have this permission`,
    );
  if (kind === 'throttled')
    return warning(name, `not checked: AWS throttled ${action} (${reason})`, 'run doctor again');
  return {
    ...problem(
      name,
      `${failureMeaning(kind)}: ${action} in ${asker.region} failed: ${reason}`,
      failureAdvice(failure, asker.region, asker.regionSetting),
    ),
    code: isOutside(kind) ? 'BackendUnreachable' : 'AwsAccessDenied',
  };
}
