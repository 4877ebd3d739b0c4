import { expect, it } from 'vitest';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import { ask, failureKind, mapAnswer } from './aws-failure.ts';

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
])('takes %s for %s', (name, kind) => {
  expect(failureKind(errorOf(name))).toBe(kind);
});

it.each([
  [429, 'ClientException', 'throttled'],
  [403, 'ClientException', 'denied'],
  [500, 'ServerException', 'failing'],
  [503, 'ServiceUnavailable', 'failing'],
  [400, 'ClientException', 'refused'],
])('takes an answer of %i %s for %s', (httpStatusCode, name, kind) => {
  expect(failureKind(errorOf(name, 'why', { $metadata: { httpStatusCode } }))).toBe(kind);
});

it('hears in words what Batch does not allow', () => {
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
])('takes the code %s for %s, wrapped or not', (code, kind) => {
  expect(failureKind(errorOf('Error', 'why', { code }))).toBe(kind);
  expect(failureKind(errorOf('Error', 'why', { cause: errorOf('Error', 'why', { code }) }))).toBe(kind);
});

it('tells an SSO login that ran out from credentials that are not there', () => {
  const message = 'Token is expired. To refresh this SSO session run aws sso login';
  expect(failureKind(errorOf('CredentialsProviderError', message))).toBe('expired');
});

it.each([undefined, null, 'text', {}, { name: 7 }])('takes %j for a refusal', (thrown) => {
  expect(failureKind(thrown)).toBe('refused');
});

it('passes on an error of ours: it is about a setting, and not AWS that answered', async () => {
  const ours = new TwinhullError('SettingInvalid', 'HTTPS_PROXY is "socks5://x"');
  await expect(ask('batch:ListJobs', () => Promise.reject(ours))).rejects.toBe(ours);
});

it('gives the answer, or the action and the reason', async () => {
  const good = await ask('batch:ListJobs', async () => 1);
  const bad = await ask('batch:ListJobs', () => Promise.reject(errorOf('AccessDeniedException', 'not you')));
  expect(good).toEqual({ value: 1 });
  expect(bad).toEqual({ failure: { kind: 'denied', action: 'batch:ListJobs', reason: 'not you' } });
  expect(mapAnswer(good, (value) => value + 1)).toEqual({ value: 2 });
  expect(mapAnswer(bad, () => 2)).toEqual(bad);
});
