import { z } from 'zod';
import { systemCodeOf } from '../../../domain/errors/system-code.ts';
import { reasonOf, TwinhullError } from '../../../domain/errors/twinhull-error.ts';

/**
 * Why a request to AWS failed.
 * - `no-credentials`: none were found, or those found cannot be used
 * - `expired`: they were valid once; `clock`: this machine's time is wrong
 * - `unknown-credentials`: AWS does not know them (in this partition)
 * - `denied`: known, but without the permission for this request
 * - `no-such-host`, `unreachable`, `untrusted`: the endpoint cannot be reached, by name, connection or certificate
 * - `throttled`, `not-found`, `refused`: AWS responded with an error; `failing`: with a server error
 */
export type AwsFailureKind =
  | 'no-credentials'
  | 'expired'
  | 'clock'
  | 'unknown-credentials'
  | 'denied'
  | 'no-such-host'
  | 'unreachable'
  | 'untrusted'
  | 'throttled'
  | 'failing'
  | 'not-found'
  | 'refused';

/** Why a query has no answer. */
export interface AwsFailure {
  readonly kind: AwsFailureKind;
  /** The required IAM action, such as `batch:DescribeJobQueues`. */
  readonly action: string;
  /** The message of AWS or of the system. */
  readonly reason: string;
}

/** The response of AWS, or why there is none. */
export type AwsAnswer<T> = { readonly value: T } | { readonly failure: AwsFailure };

/** Calls AWS. Throws only errors of ours: an unusable setting is not a response of AWS. */
export async function ask<T>(action: string, call: () => Promise<T>): Promise<AwsAnswer<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    if (TwinhullError.is(error)) throw error;
    return { failure: { kind: failureKind(error), action, reason: wordsOf(error) } };
  }
}

/** Calls AWS once with a client of its own, whose connections are closed afterwards. */
export async function askBy<Client extends { destroy(): void }, T>(
  client: Client,
  action: string,
  call: (client: Client) => Promise<T>,
): Promise<AwsAnswer<T>> {
  try {
    return await ask(action, () => call(client));
  } finally {
    client.destroy();
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof z.ZodError) return `its response does not match the API: ${z.prettifyError(error)}`;
  return reasonOf(error).trim() || 'no reason was given';
}

/** Applies `change` to the value; a failure stays unchanged. */
export function mapAwsAnswer<T, U>(answer: AwsAnswer<T>, change: (value: T) => U): AwsAnswer<U> {
  return 'failure' in answer ? answer : { value: change(answer.value) };
}

/** Error names of services and the SDK, as prefixes that determine the kind. */
const byName: readonly (readonly [RegExp, AwsFailureKind])[] = [
  [/^(?:ExpiredToken|TokenRefreshRequired|UnauthorizedSSOToken)/, 'expired'],
  [/^(?:RequestExpired|RequestTimeTooSkewed|InvalidSignature|SignatureDoesNotMatch)/, 'clock'],
  [/^(?:CredentialsProviderError|TokenProviderError|MissingAuthenticationToken|ProviderError)/, 'no-credentials'],
  [
    /^(?:UnrecognizedClient|InvalidClientTokenId|AuthFailure|InvalidAccessKeyId|IncompleteSignature|OptInRequired)/,
    'unknown-credentials',
  ],
  [/^(?:AccessDenied|UnauthorizedOperation|NotAuthorized|Forbidden)/, 'denied'],
  [/(?:Throttl|TooManyRequests|RequestLimitExceeded|SlowDown)/, 'throttled'],
  [/(?:NotFound|NoSuch)/, 'not-found'],
  [/^(?:TimeoutError|NetworkingError)/, 'unreachable'],
];

/** Error codes of Node's sockets and OpenSSL. */
const byCode: readonly (readonly [RegExp, AwsFailureKind])[] = [
  [/^(?:ENOTFOUND|EAI_NONAME)$/, 'no-such-host'],
  [/^(?:ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|UND_ERR_)/, 'unreachable'],
  [/(?:CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS)/, 'untrusted'],
];

/**
 * By the error's name, the code of its cause or the status of the response; by its text only where AWS puts the reason
 * nowhere else.
 */
export function failureKind(error: unknown): AwsFailureKind {
  const name = nameOf(error);
  // The SDK reports an expired SSO login in the message alone.
  if (name === 'CredentialsProviderError' && /expired|aws sso login/i.test(reasonOf(error))) return 'expired';
  return (
    byName.find(([pattern]) => pattern.test(name))?.[1] ??
    byCode.find(([pattern]) => pattern.test(systemCodeOf(error)))?.[1] ??
    kindOfAnswer(error)
  );
}

/** For an error whose name is not conclusive. Batch reports a denied request in the message alone. */
function kindOfAnswer(error: unknown): AwsFailureKind {
  const status = httpStatusOf(error) ?? 0;
  if (status === 429) return 'throttled';
  if (status === 403 || /not authorized/i.test(reasonOf(error))) return 'denied';
  return status >= 500 ? 'failing' : 'refused';
}

/** The HTTP status of a service's response; undefined where there was none. */
export function httpStatusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $metadata: metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: unknown } };
  return typeof metadata?.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function nameOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('name' in error)) return '';
  return typeof error.name === 'string' ? error.name : '';
}
