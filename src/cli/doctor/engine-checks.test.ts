import { expect, it } from 'vitest';
import { parseEngineEndpoint } from '../../adapters/docker/engine-endpoint.ts';
import { engineResult } from './engine-checks.ts';

const facts = {
  version: '28.2.2',
  apiVersion: '1.50',
  architecture: 'arm64',
  os: 'linux',
  storageDriver: 'overlay2',
  rootDir: '/var/lib/docker',
  buildkitPossible: true,
  cpus: 2,
  memory: 2 ** 30,
};
const result = (address: string, environment = {}) =>
  engineResult('engine', facts, parseEngineEndpoint(address, environment));

it.each(['graviton.example', '127.example', 'localhost.example'])(
  'warns that %s receives tokens unencrypted',
  (host) => {
    expect(result(`tcp://${host}`)).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('without TLS') as string,
      advice: expect.stringContaining('ssh://') as string,
    });
  },
);

it.each(['unix:///var/run/docker.sock', 'ssh://graviton.example', 'tcp://127.0.0.1:2375', 'tcp://[::1]:2375'])(
  'accepts %s',
  (address) => {
    expect(result(address).status).toBe('ok');
  },
);

it('accepts TLS', () => {
  expect(result('tcp://graviton.example', { DOCKER_CERT_PATH: '/certs' }).status).toBe('ok');
});
