import { z } from 'zod';
import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';

/**
 * Why a question to AWS got no answer.
 * - `no-credentials`: none were found, or those found cannot be used
 * - `expired`: they were good once; `clock`: this machine's time is wrong
 * - `unknown-credentials`: AWS does not know them (in this partition)
 * - `denied`: known, but not allowed to ask this
 * - `no-such-host`, `unreachable`, `untrusted`: the way to the endpoint fails, by name, connection or certificate
 * - `throttled`, `not-found`, `refused`: AWS answered with an error; `failing`: with one of its own making
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

export interface AwsFailure {
  readonly kind: AwsFailureKind;
  /** The IAM action that it takes, such as `batch:DescribeJobQueues`. */
  readonly action: string;
  /** AWS's or the system's own words. */
  readonly reason: string;
}

/** What AWS answered, or why it did not. */
export type Answer<T> = { readonly value: T } | { readonly failure: AwsFailure };

/** Asks. Throws only errors of ours: a setting that cannot be used is no answer of AWS. */
export async function ask<T>(action: string, call: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    if (TwinhullError.is(error)) throw error;
    return { failure: { kind: failureKind(error), action, reason: wordsOf(error) } };
  }
}

/** One question by a client of its own, whose connections are closed afterwards. */
export async function askBy<Client extends { destroy(): void }, T>(
  client: Client,
  action: string,
  call: (client: Client) => Promise<T>,
): Promise<Answer<T>> {
  try {
    return await ask(action, () => call(client));
  } finally {
    client.destroy();
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof z.ZodError) return `its answer is not what the API promises: ${z.prettifyError(error)}`;
  return reasonOf(error).trim() || 'no reason was given';
}

/** The answer with its value changed; a failure stays one. */
export function mapAnswer<T, U>(answer: Answer<T>, change: (value: T) => U): Answer<U> {
  return 'failure' in answer ? answer : { value: change(answer.value) };
}

/** Names of errors, as services and the SDK give them, in pieces that tell what they mean. */
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

/** Codes of errors, as Node's sockets and OpenSSL give them. */
const byCode: readonly (readonly [RegExp, AwsFailureKind])[] = [
  [/^(?:ENOTFOUND|EAI_NONAME)$/, 'no-such-host'],
  [/^(?:ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|UND_ERR_)/, 'unreachable'],
  [/(?:CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS)/, 'untrusted'],
];

export function failureKind(error: unknown): AwsFailureKind {
  const name = textOf(error, 'name');
  // A login by SSO that ran out is told in words alone.
  if (name === 'CredentialsProviderError' && /expired|aws sso login/i.test(reasonOf(error))) return 'expired';
  return (
    byName.find(([pattern]) => pattern.test(name))?.[1] ??
    byCode.find(([pattern]) => pattern.test(codeOf(error)))?.[1] ??
    kindOfAnswer(error)
  );
}

/** Of an error whose name says nothing. Batch tells in words alone what it does not allow. */
function kindOfAnswer(error: unknown): AwsFailureKind {
  const status = httpStatusOf(error) ?? 0;
  if (status === 429) return 'throttled';
  if (status === 403 || /not authorized/i.test(reasonOf(error))) return 'denied';
  return status >= 500 ? 'failing' : 'refused';
}

/** The HTTP status that a service answered with; undefined where no answer came. */
export function httpStatusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $metadata: metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: unknown } };
  return typeof metadata?.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** The system's code, also where the SDK or an attempt at several addresses wrapped it. */
function codeOf(error: unknown): string {
  const code = textOf(error, 'code');
  if (code !== '') return code;
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : '';
}

function textOf(value: unknown, key: 'name' | 'code'): string {
  if (typeof value !== 'object' || value === null || !(key in value)) return '';
  const text = (value as Record<typeof key, unknown>)[key];
  return typeof text === 'string' ? text : '';
}
