import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';

/**
 * What a failed call means for whoever made it:
 * - `throttled`: turned away at the door for coming too often, so that nothing was done
 * - `refused`: AWS said no, and will say so again
 * - `unknown`: no answer, or one that does not tell what was done
 */
export type Trouble = 'throttled' | 'refused' | 'unknown';

/** The names under which AWS services throttle; Batch itself answers 429 `TooManyRequestsException`. */
const throttles: ReadonlySet<string> = new Set([
  'TooManyRequestsException',
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'SlowDown',
]);

/** Credentials that were good and can become so again, and clocks that can be set right. */
const passing: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'RequestTimeout',
  'RequestTimeoutException',
]);

export function troubleOf(error: unknown): Trouble {
  const { name, status } = factsOf(error);
  if (status === 429 || throttles.has(name)) return 'throttled';
  if (passing.has(name) || status === undefined || status === 408) return 'unknown';
  return status >= 400 && status < 500 ? 'refused' : 'unknown';
}

/** Whether AWS said no because these credentials may not. */
export function isDenied(error: unknown): boolean {
  const { name, status } = factsOf(error);
  return (
    status === 403 || /AccessDenied|Unauthorized|NotAuthorized/.test(name) || /not authorized/i.test(reasonOf(error))
  );
}

/**
 * The error of ours for a failed call: `JobRefused` where AWS said no, else `BackendUnreachable`.
 *
 * @param doing what was tried, as in "cannot ..."
 */
export function batchError(error: unknown, doing: string): TwinhullError {
  if (TwinhullError.is(error)) return error;
  const { name, status } = factsOf(error);
  const said = lineOf(reasonOf(error));
  if (troubleOf(error) === 'refused') {
    const hint = isDenied(error)
      ? 'give these credentials the permissions of the orchestrator (docs/deploying.md)'
      : 'correct what AWS names: queue, job definition and region are settings; see `twinhull doctor`';
    return new TwinhullError('JobRefused', `cannot ${doing}: AWS answered ${name}: ${said}`, { hint, cause: error });
  }
  const answer =
    status === undefined ? `no answer from AWS: ${said}` : `AWS answered ${String(status)} ${name}: ${said}`;
  return new TwinhullError('BackendUnreachable', `cannot ${doing}: ${answer}`, {
    hint: name === 'CredentialsProviderError' ? noCredentials : undefined,
    cause: error,
  });
}

const noCredentials = 'log in to AWS, or set AWS_PROFILE: any way that the AWS command line takes will do';

/** Of the SDK's own errors, and of those of the network below it. */
function factsOf(error: unknown): { readonly name: string; readonly status: number | undefined } {
  if (!(error instanceof Error)) return { name: '', status: undefined };
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : undefined;
  return { name: error.name, status: typeof status === 'number' ? status : undefined };
}

function lineOf(text: string): string {
  return text.replace(/\s+/g, ' ').trim() || 'no reason given';
}
