import { describe, expect, it } from 'vitest';
import { batchError, troubleOf } from './batch-errors.ts';

/** An error in the form in which the SDK throws a service's response. */
function answered(status: number, name: string, message = 'its reason'): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

describe('the outcome of a failed call', () => {
  it.each([
    [429, 'TooManyRequestsException', 'throttled'],
    [400, 'ThrottlingException', 'throttled'],
    [400, 'ClientException', 'refused'],
    [400, 'ValidationException', 'refused'],
    [403, 'AccessDeniedException', 'refused'],
    [404, 'UnknownOperationException', 'refused'],
    [403, 'ExpiredTokenException', 'unknown'],
    [408, 'RequestTimeout', 'unknown'],
    [500, 'ServerException', 'unknown'],
    [503, 'ServiceUnavailable', 'unknown'],
  ] as const)('%i %s: %s', (status, name, trouble) => {
    expect(troubleOf(answered(status, name))).toBe(trouble);
  });

  it('is unknown without a response', () => {
    expect(troubleOf(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))).toBe('unknown');
  });
});

describe('batchError', () => {
  it('quotes the AWS error', () => {
    expect(batchError(answered(400, 'ClientException', 'JobQueue q can not be found'), 'submit b')).toMatchObject({
      code: 'JobRefused',
      message: 'cannot submit b: AWS answered ClientException: JobQueue q can not be found',
    });
  });

  it('names the permissions when access is denied', () => {
    const denied = answered(400, 'ClientException', 'User: arn:x is not authorized to perform: batch:SubmitJob');
    expect(batchError(denied, 'submit b').hint).toContain('permissions');
  });

  it('explains how to log in without credentials', () => {
    const missing = Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' });
    expect(batchError(missing, 'submit b')).toMatchObject({
      code: 'BackendUnreachable',
      hint: expect.stringContaining('AWS_PROFILE'),
    });
  });
});
