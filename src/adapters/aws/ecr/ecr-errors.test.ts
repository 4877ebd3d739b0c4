import { describe, expect, it } from 'vitest';
import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import { ecrFailure, lacksCredentials } from './ecr-errors.ts';

/** In the shape of the SDK's service exceptions. */
function serviceError(name: string, status: number | undefined, message: string): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

const doing = 'get a login for ECR in us-gov-west-1';

describe('ecrFailure', () => {
  it.each([
    ['AccessDeniedException', 400, 'RegistryAccessDenied'],
    ['UnrecognizedClientException', 400, 'RegistryAccessDenied'],
    ['ExpiredTokenException', 400, 'RegistryAccessDenied'],
    ['RepositoryNotFoundException', 400, 'RegistryRefused'],
    ['InvalidParameterException', 400, 'RegistryRefused'],
    ['ThrottlingException', 400, 'RegistryUnreachable'],
    ['ServerException', 500, 'RegistryUnreachable'],
    ['TimeoutError', undefined, 'RegistryUnreachable'],
  ] as const)('turns %s with status %s into %s', (name, status, code) => {
    const failure = ecrFailure(serviceError(name, status, 'the reason of AWS'), doing, 'us-gov-west-1');
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(/^cannot get a login for ECR in us-gov-west-1: .*the reason of AWS/);
  });

  it('explains where to create a missing repository', () => {
    const error = serviceError('RepositoryNotFoundException', 400, 'no vecoli');
    expect(ecrFailure(error, 'look it up', 'us-gov-west-1').hint).toContain('create it in us-gov-west-1');
  });

  it('explains which credentials to provide when there are none', () => {
    const failure = ecrFailure(serviceError('CredentialsProviderError', undefined, 'none'), doing, 'us-gov-west-1');
    expect(failure.code).toBe('RegistryAccessDenied');
    expect(failure.hint).toContain('AWS_PROFILE');
    expect(lacksCredentials(failure.cause)).toBe(true);
  });

  it('leaves errors of Twinhull unchanged', () => {
    const own = new TwinhullError('SettingInvalid', 'the CA bundle');
    expect(ecrFailure(own, doing, 'us-gov-west-1')).toBe(own);
  });
});
