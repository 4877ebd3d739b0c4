import { reasonLineOf, TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import { failureKind, httpStatusOf } from '../sdk/aws-errors.ts';
import { isAccess } from '../sdk/error-words.ts';

/**
 * What a failed call means to its caller:
 * - `throttled`: rejected because of the request rate, so that nothing was done
 * - `refused`: AWS rejected the request, and will reject it again
 * - `unknown`: no response, or one that leaves open what was done
 */
export type Trouble = 'throttled' | 'refused' | 'unknown';

/** Clock skew, which can be corrected, and requests that timed out on the AWS side. */
const passing = /^Request(?:Expired|TimeTooSkewed|Timeout)/;

/** Whether AWS throttled or refused the call; `unknown` if the call may have been carried out. */
export function troubleOf(error: unknown): Trouble {
  const kind = failureKind(error);
  const status = httpStatusOf(error);
  if (status === 429 || kind === 'throttled') return 'throttled';
  // Expired credentials were valid once, and can be renewed.
  if (status === undefined || status === 408 || kind === 'expired' || passing.test(nameOf(error))) return 'unknown';
  return status >= 400 && status < 500 ? 'refused' : 'unknown';
}

/** Whether AWS refused because these credentials lack the permission. */
export function isDenied(error: unknown): boolean {
  return failureKind(error) === 'denied';
}

/**
 * Maps a failed call to an error of the catalogue: `JobRefused` where AWS refused it, else `BackendUnreachable`.
 *
 * @param doing what was attempted, as in "cannot ..."
 */
export function batchError(error: unknown, doing: string): TwinhullError {
  if (TwinhullError.is(error)) return error;
  const name = nameOf(error);
  const status = httpStatusOf(error);
  const reason = reasonLineOf(error);
  if (troubleOf(error) === 'refused') {
    const hint = isDenied(error)
      ? 'give these credentials the permissions of the orchestrator (docs/deploying.md)'
      : 'correct what AWS names: queue, job definition and region are settings; see `twinhull doctor`';
    return new TwinhullError('JobRefused', `cannot ${doing}: AWS answered ${name}: ${reason}`, { hint, cause: error });
  }
  const answer =
    status === undefined ? `no response from AWS: ${reason}` : `AWS answered ${String(status)} ${name}: ${reason}`;
  return new TwinhullError('BackendUnreachable', `cannot ${doing}: ${answer}`, {
    hint: isAccess(failureKind(error)) ? noCredentials : undefined,
    cause: error,
  });
}

const noCredentials = 'log in to AWS, or set AWS_PROFILE: any method of the AWS command line works';

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
