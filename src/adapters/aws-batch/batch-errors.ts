import { reasonLineOf, TwinhullError } from '../../errors/twinhull-error.ts';
import { failureKind, httpStatusOf } from '../aws/aws-failure.ts';
import { isAccess } from '../aws/failure-words.ts';

/**
 * What a failed call means for whoever made it:
 * - `throttled`: turned away at the door for coming too often, so that nothing was done
 * - `refused`: AWS said no, and will say so again
 * - `unknown`: no answer, or one that does not tell what was done
 */
export type Trouble = 'throttled' | 'refused' | 'unknown';

/** Clocks that can be set right, and requests that AWS gave up waiting for. */
const passing = /^Request(?:Expired|TimeTooSkewed|Timeout)/;

export function troubleOf(error: unknown): Trouble {
  const kind = failureKind(error);
  const status = httpStatusOf(error);
  if (status === 429 || kind === 'throttled') return 'throttled';
  // Credentials that have expired were good, and can become so again.
  if (status === undefined || status === 408 || kind === 'expired' || passing.test(nameOf(error))) return 'unknown';
  return status >= 400 && status < 500 ? 'refused' : 'unknown';
}

/** Whether AWS said no because these credentials may not. */
export function isDenied(error: unknown): boolean {
  return failureKind(error) === 'denied';
}

/**
 * The error of ours for a failed call: `JobRefused` where AWS said no, else `BackendUnreachable`.
 *
 * @param doing what was tried, as in "cannot ..."
 */
export function batchError(error: unknown, doing: string): TwinhullError {
  if (TwinhullError.is(error)) return error;
  const name = nameOf(error);
  const status = httpStatusOf(error);
  const said = reasonLineOf(error);
  if (troubleOf(error) === 'refused') {
    const hint = isDenied(error)
      ? 'give these credentials the permissions of the orchestrator (docs/deploying.md)'
      : 'correct what AWS names: queue, job definition and region are settings; see `twinhull doctor`';
    return new TwinhullError('JobRefused', `cannot ${doing}: AWS answered ${name}: ${said}`, { hint, cause: error });
  }
  const answer =
    status === undefined ? `no answer from AWS: ${said}` : `AWS answered ${String(status)} ${name}: ${said}`;
  return new TwinhullError('BackendUnreachable', `cannot ${doing}: ${answer}`, {
    hint: isAccess(failureKind(error)) ? noCredentials : undefined,
    cause: error,
  });
}

const noCredentials = 'log in to AWS, or set AWS_PROFILE: any way that the AWS command line takes will do';

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
