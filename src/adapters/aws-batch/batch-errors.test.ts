import { describe, expect, it } from 'vitest';
import { batchError, troubleOf } from './batch-errors.ts';

/** As the SDK throws what a service answered. */
function answered(status: number, name: string, message = 'it says'): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

describe('what a failed call means', () => {
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

  it('is unknown where no answer came', () => {
    expect(troubleOf(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))).toBe('unknown');
  });
});

describe('the error of ours', () => {
  it('says what AWS refused, in its words', () => {
    expect(batchError(answered(400, 'ClientException', 'JobQueue q can not be found'), 'submit b')).toMatchObject({
      code: 'JobRefused',
      message: 'cannot submit b: AWS answered ClientException: JobQueue q can not be found',
    });
  });

  it('names the permissions where these are what lacks', () => {
    const denied = answered(400, 'ClientException', 'User: arn:x is not authorized to perform: batch:SubmitJob');
    expect(batchError(denied, 'submit b').hint).toContain('permissions');
  });

  it('tells how to log in where there are no credentials', () => {
    const missing = Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' });
    expect(batchError(missing, 'submit b')).toMatchObject({
      code: 'BackendUnreachable',
      hint: expect.stringContaining('AWS_PROFILE'),
    });
  });
});
