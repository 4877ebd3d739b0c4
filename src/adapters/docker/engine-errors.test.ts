import { describe, expect, it } from 'vitest';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { EngineRefusal } from './engine-api.ts';
import { parseEngineEndpoint } from './engine-endpoint.ts';
import { engineError, engineReason, statusOf } from './engine-errors.ts';

const local = parseEngineEndpoint('unix:///run/docker.sock');
const withCode = (code: string, message = code) => Object.assign(new Error(message), { code });
const answered = (statusCode: number, text: string) => new EngineRefusal(statusCode, text);

describe('engineError', () => {
  it.each([
    ['ENOENT', /start the engine/],
    ['ECONNREFUSED', /connection was refused/],
    ['EACCES', /group docker/],
    ['ECONNRESET', /closed the connection/],
    ['ENOTFOUND', /host name/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /DOCKER_CERT_PATH/],
    ['EHOSTUNREACH', /firewall/],
  ])('reports %s as unreachable, with a hint', (code, hint) => {
    const error = engineError(withCode(code), local, 'list jobs');
    expect(error).toMatchObject({ code: 'EngineUnreachable', retryable: true, hint: expect.stringMatching(hint) });
    expect(error.message).toBe(`the Docker Engine at unix:///run/docker.sock cannot be reached to list jobs: ${code}`);
  });

  it('suggests a command to try ssh by hand', () => {
    const error = engineError(
      new Error('ssh ended with 255: Permission denied'),
      parseEngineEndpoint('ssh://me@far'),
      'list jobs',
    );
    expect(error.hint).toBe('try it by hand: ssh me@far docker version');
  });

  it('quotes the reason of an error response', () => {
    const error = engineError(answered(500, 'no space\nleft'), local, 'list jobs');
    expect(error).toMatchObject({
      code: 'EngineUnreachable',
      message: expect.stringContaining('answered 500 to list jobs: no space left'),
    });
  });

  it('distinguishes a refusal from an engine that is down', () => {
    expect(engineError(answered(403, 'authorization denied by plugin'), local, 'x')).toMatchObject({
      code: 'EngineUnsuitable',
      retryable: false,
    });
  });

  it('recognizes an engine that requires TLS', () => {
    expect(engineError(answered(400, 'Client sent an HTTP request to an HTTPS server.'), local, 'x').hint).toMatch(
      /DOCKER_TLS_VERIFY/,
    );
  });

  it('leaves errors of Twinhull unchanged', () => {
    const own = new TwinhullError('SettingInvalid', 'x');
    expect(engineError(own, local, 'y')).toBe(own);
  });
});

it('finds status and reason in a wrapped error', () => {
  const error = engineError(answered(409, 'name is taken'), local, 'create a job');
  expect(statusOf(error)).toBe(409);
  expect(engineReason(error)).toBe('name is taken');
  expect(statusOf(engineError(withCode('ENOENT'), local, 'x'))).toBeUndefined();
});
