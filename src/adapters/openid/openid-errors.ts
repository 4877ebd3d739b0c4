import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { networkReason } from '../network/network-errors.ts';

/**
 * The error for what openid-client threw. Its errors have requests, responses and claims attached, which may hold codes
 * and tokens: only codes and the library's own messages are kept.
 */
export function openIdError(thrown: unknown, host: string): TwinhullError {
  const own = causesOf(thrown).find((error) => TwinhullError.is(error));
  if (own !== undefined) return own;
  if (!(thrown instanceof Error)) return refused(host, 'it could not be understood');
  const code = codeOf(thrown);
  if (code === undefined) return unreachable(host, networkReason(thrown).why);
  if (code === 'OAUTH_TIMEOUT') return unreachable(host, 'it did not respond in time');
  if (code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR')
    return new TwinhullError('SignInRefused', `${host} ended the sign-in: ${errorOf(thrown)}`);
  if (code === 'OAUTH_RESPONSE_BODY_ERROR')
    return errorOf(thrown) === 'invalid_grant'
      ? new TwinhullError('SignInRefused', `${host} refused the code of the sign-in: it was used, or has expired`)
      : refused(host, `it refused the request: ${errorOf(thrown)}`);
  if (code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE') return refused(host, 'it refused the client id or its secret');
  const status = statusOf(thrown);
  if (status >= 500) return unreachable(host, `it answered with status ${String(status)}`);
  if (status >= 300) return refused(host, `it answered with status ${String(status)}`);
  // The message of the innermost error names the claim or parameter.
  const { message } = causesOf(thrown).at(-1) ?? thrown;
  return /\bJWT\b|ID Token|response parameter|authorization code/.test(message)
    ? foreignAnswer(host, message)
    : refused(host, message);
}

/** For answers that do not belong to this sign-in. */
export function foreignAnswer(host: string, why: string): TwinhullError {
  return new TwinhullError('SignInRefused', `${host} did not give this answer to this sign-in: ${why}`);
}

function unreachable(host: string, why: string): TwinhullError {
  return new TwinhullError('IdentityProviderUnreachable', `no response from the OpenID provider ${host}: ${why}`);
}

function refused(host: string, why: string): TwinhullError {
  return new TwinhullError('IdentityProviderRefused', `the OpenID provider ${host} cannot be used: ${why}`);
}

/** The error and the errors that caused it, outermost first. */
function causesOf(thrown: unknown): readonly Error[] {
  return thrown instanceof Error ? [thrown, ...causesOf(thrown.cause)] : [];
}

/** Undefined for errors of the network, whose codes are not those of OAuth. */
function codeOf(error: Error): string | undefined {
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('OAUTH_') ? code : undefined;
}

/** `error` of the response, a word of the specification; its description is text from elsewhere. */
function errorOf(error: Error): string {
  const word = 'error' in error ? error.error : undefined;
  return typeof word === 'string' && /^[a-z_]{1,60}$/.test(word) ? word : 'an unknown error';
}

function statusOf({ cause }: Error): number {
  return typeof cause === 'object' && cause !== null && 'status' in cause ? Number(cause.status) : 0;
}
