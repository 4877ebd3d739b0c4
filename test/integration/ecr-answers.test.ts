import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { EcrApi } from '../../src/adapters/aws/ecr/ecr-api.ts';
import { openEcrRegistry } from '../../src/adapters/aws/ecr/ecr-registry.ts';
import { startProxy } from '../helpers/registry-proxy.ts';

/*
 * Answers of ECR's API that the lab's emulator never gives. A stand-in on loopback, in the shapes of ECR's API model
 * (AWS JSON 1.1, errors by `__type`).
 */
let status: number;
let answer: object;
const asked: string[] = [];
const standIn = createServer((request, response) => {
  asked.push(String(request.headers['x-amz-target']).replace(/.*\./, ''));
  request.resume();
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
});

const denied = {
  __type: 'AccessDeniedException',
  message: 'User: arn:aws-us-gov:iam::123456789012:user/x is not authorized to perform: ecr:DescribeRepositories',
};
const repository = {
  repositoryUri: '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/vecoli',
  imageTagMutability: 'IMMUTABLE',
};

let port: number;

beforeAll(async () => {
  await new Promise<void>((resolve) => standIn.listen(0, '127.0.0.1', resolve));
  ({ port } = standIn.address() as AddressInfo);
});

afterAll(() => void standIn.close());

beforeEach(() => {
  asked.length = 0;
  status = 200;
  answer = { repositories: [repository] };
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});

afterEach(() => vi.unstubAllEnvs());

function open() {
  const api = new EcrApi({ region: 'us-gov-west-1' });
  onTestFinished(() => api.close());
  return api;
}

it('a role without permission to describe a repository can still use it', async () => {
  status = 400;
  answer = denied;
  const registry = openEcrRegistry(repository.repositoryUri);
  onTestFinished(() => registry.close());
  await expect(registry.isImmutable('v1')).resolves.toBe(false);
  expect(asked).toEqual(['DescribeRepositories']);
});

it('a denied login is reported with the identity and the action', async () => {
  status = 400;
  answer = { ...denied, message: denied.message.replace('DescribeRepositories', 'GetAuthorizationToken') };
  await expect(open().login()).rejects.toMatchObject({
    code: 'RegistryAccessDenied',
    message: expect.stringContaining('user/x is not authorized to perform: ecr:GetAuthorizationToken'),
  });
});

it('an AWS outage is retried, and then reported as such', async () => {
  status = 500;
  answer = { __type: 'ServerException', message: 'internal' };
  await expect(open().login()).rejects.toMatchObject({ code: 'RegistryUnreachable', retryable: true });
  expect(asked).toHaveLength(3);
});

it('a host other than ECR is not taken for it', async () => {
  answer = { hello: 'world' };
  await expect(open().describeRepository('vecoli')).rejects.toMatchObject({
    code: 'RegistryRefused',
    hint: expect.stringContaining('AWS_ENDPOINT_URL'),
  });
});

it('assumes mutable tags where ECR does not report mutability', async () => {
  const { repositoryUri } = repository;
  answer = { repositories: [{ repositoryUri }] };
  await expect(open().describeRepository('vecoli')).resolves.toEqual({
    uri: repositoryUri,
    tags: { setting: 'MUTABLE', exclusions: [] },
  });
});

it('is reached through the proxy of the environment', async () => {
  const proxy = await startProxy({ targetPort: port });
  onTestFinished(() => proxy.stop());
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://ecr.behind-the-proxy.example');
  vi.stubEnv('HTTP_PROXY', proxy.url);
  await expect(open().describeRepository('vecoli')).resolves.toMatchObject({ uri: repository.repositoryUri });
  expect(proxy.passed).toEqual(['POST http://ecr.behind-the-proxy.example/']);
});
