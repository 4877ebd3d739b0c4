import { describe, expect, it } from 'vitest';
import { parseEngineEndpoint, socketOnHost } from './engine-endpoint.ts';

const parse = (text: string, environment: NodeJS.ProcessEnv = {}) => parseEngineEndpoint(text, environment);

describe('parseEngineEndpoint', () => {
  it('parses unix sockets, as URL and as path', () => {
    const expected = { kind: 'unix', path: '/run/docker.sock', text: 'unix:///run/docker.sock' };
    expect(parse('unix:///run/docker.sock')).toMatchObject(expected);
    expect(parse('/run/docker.sock')).toMatchObject(expected);
  });

  it('parses TCP addresses', () => {
    expect(parse('tcp://build.example:2000')).toMatchObject({
      kind: 'tcp',
      host: 'build.example',
      port: 2000,
      tlsFolder: undefined,
    });
    expect(parse('tcp://[::1]:2375')).toMatchObject({ host: '::1', port: 2375, text: 'tcp://[::1]:2375' });
  });

  it('chooses TLS and the default port as docker does', () => {
    expect(parse('tcp://h')).toMatchObject({ port: 2375, tlsFolder: undefined });
    expect(parse('tcp://h', { DOCKER_CERT_PATH: '/certs' })).toMatchObject({ port: 2376, tlsFolder: '/certs' });
    expect(parse('tcp://h:9', { DOCKER_TLS_VERIFY: '1' })).toMatchObject({
      port: 9,
      tlsFolder: expect.stringMatching(/\.docker$/),
    });
  });

  it('parses ssh addresses', () => {
    expect(parse('ssh://me@graviton')).toMatchObject({
      kind: 'ssh',
      user: 'me',
      host: 'graviton',
      port: undefined,
      path: undefined,
    });
    expect(parse('ssh://graviton:2222/run/user/1000/docker.sock')).toMatchObject({
      user: undefined,
      port: 2222,
      path: '/run/user/1000/docker.sock',
      hostSocket: '/run/user/1000/docker.sock',
    });
  });

  it.each(['unix:///a/b.sock', 'tcp://h:2375', 'tcp://[::1]:9', 'ssh://me@h:22/x.sock', 'ssh://h'])(
    'formats %s as it was given',
    (text) => {
      expect(parse(parse(text).text).text).toBe(text);
    },
  );

  it.each([
    ['', /not valid/],
    ['docker', /not valid/],
    ['unix://', /absolute path/],
    ['unix://relative.sock', /absolute path/],
    ['npipe:////./pipe/docker_engine', /npipe:\/\/ is not supported/],
    ['http://h:2375', /http:\/\/ is not supported/],
    ['tcp://', /names no host|not valid/],
    ['tcp://h:99999', /not valid/],
    ['tcp://h:1/path', /"\/path" has no place/],
    ['tcp://h:1?x=1', /has no place/],
    ['ssh://-oProxyCommand=touch%20x', /not valid/],
    ['ssh://-oProxyCommand@h', /user "-oProxyCommand" is not valid/],
    ['ssh://h/a;reboot', /path "\/a;reboot" is not valid/],
  ])('refuses %j', (text, why) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'SettingInvalid', message: expect.stringMatching(why) }),
    );
  });

  it.each(['tcp://u:canary/1@h', 'ssh://u:1@canary@h', 'http://u:canary@h', 'ssh://u:ca:canary@h:x'])(
    'repeats no password of the invalid address %s',
    (text) => {
      expect(() => parse(text)).toThrow(
        expect.objectContaining({ code: 'SettingInvalid', message: expect.not.stringContaining('canary') as string }),
      );
    },
  );

  it('refuses a password without repeating it', () => {
    expect(() => parse('ssh://me:hunter2@h')).toThrow(
      expect.objectContaining({ code: 'SettingInvalid', message: expect.not.stringContaining('hunter2') }),
    );
  });
});

describe('socketOnHost', () => {
  it('is the path itself if the engine runs on this machine', () => {
    expect(socketOnHost('/run/user/1/docker.sock', 'linux')).toBe('/run/user/1/docker.sock');
  });

  it('is the default socket in the virtual machine of Docker Desktop', () => {
    expect(socketOnHost('/Users/me/.docker/run/docker.sock', 'darwin')).toBe('/var/run/docker.sock');
    expect(socketOnHost('/home/me/.docker/desktop/docker.sock', 'linux')).toBe('/var/run/docker.sock');
  });
});
