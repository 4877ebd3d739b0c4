import { expect, it } from 'vitest';
import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import { ask, failureKind, mapAwsAnswer } from './aws-errors.ts';

function errorOf(name: string, message = 'why', more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

it.each([
  ['CredentialsProviderError', 'no-credentials'],
  ['ExpiredToken', 'expired'],
  ['ExpiredTokenException', 'expired'],
  ['RequestExpired', 'clock'],
  ['InvalidSignatureException', 'clock'],
  ['UnrecognizedClientException', 'unknown-credentials'],
  ['InvalidClientTokenId', 'unknown-credentials'],
  ['AuthFailure', 'unknown-credentials'],
  ['AccessDenied', 'denied'],
  ['AccessDeniedException', 'denied'],
  ['UnauthorizedOperation', 'denied'],
  ['ThrottlingException', 'throttled'],
  ['TooManyRequestsException', 'throttled'],
  ['ResourceNotFoundException', 'not-found'],
  ['RepositoryNotFoundException', 'not-found'],
  ['NoSuchResourceException', 'not-found'],
  ['TimeoutError', 'unreachable'],
  ['ClientException', 'refused'],
])('classifies %s as %s', (name, kind) => {
  expect(failureKind(errorOf(name))).toBe(kind);
});

it.each([
  [429, 'ClientException', 'throttled'],
  [403, 'ClientException', 'denied'],
  [500, 'ServerException', 'failing'],
  [503, 'ServiceUnavailable', 'failing'],
  [400, 'ClientException', 'refused'],
])('classifies a response of %i %s as %s', (httpStatusCode, name, kind) => {
  expect(failureKind(errorOf(name, 'why', { $metadata: { httpStatusCode } }))).toBe(kind);
});

it('recognizes in the message that Batch denies access', () => {
  expect(failureKind(errorOf('ClientException', 'User: x is not authorized to perform: batch:SubmitJob'))).toBe(
    'denied',
  );
});

it.each([
  ['ENOTFOUND', 'no-such-host'],
  ['EAI_AGAIN', 'unreachable'],
  ['ECONNREFUSED', 'unreachable'],
  ['ETIMEDOUT', 'unreachable'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'untrusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'untrusted'],
  ['CERT_HAS_EXPIRED', 'untrusted'],
])('classifies the code %s as %s, wrapped or not', (code, kind) => {
  expect(failureKind(errorOf('Error', 'why', { code }))).toBe(kind);
  expect(failureKind(errorOf('Error', 'why', { cause: errorOf('Error', 'why', { code }) }))).toBe(kind);
});

it('distinguishes an expired SSO login from missing credentials', () => {
  const message = 'Token is expired. To refresh this SSO session run aws sso login';
  expect(failureKind(errorOf('CredentialsProviderError', message))).toBe('expired');
});

it.each([undefined, null, 'text', {}, { name: 7 }])('classifies %j as a refusal', (thrown) => {
  expect(failureKind(thrown)).toBe('refused');
});

it('rethrows errors of Twinhull, which concern settings rather than AWS', async () => {
  const ours = new TwinhullError('SettingInvalid', 'HTTPS_PROXY is "socks5://x"');
  await expect(ask('batch:ListJobs', () => Promise.reject(ours))).rejects.toBe(ours);
});

it('returns the answer, or the action and the reason', async () => {
  const good = await ask('batch:ListJobs', async () => 1);
  const bad = await ask('batch:ListJobs', () => Promise.reject(errorOf('AccessDeniedException', 'not you')));
  expect(good).toEqual({ value: 1 });
  expect(bad).toEqual({ failure: { kind: 'denied', action: 'batch:ListJobs', reason: 'not you' } });
  expect(mapAwsAnswer(good, (value) => value + 1)).toEqual({ value: 2 });
  expect(mapAwsAnswer(bad, () => 2)).toEqual(bad);
});
