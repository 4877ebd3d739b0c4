import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchClient } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, it, onTestFinished, vi } from 'vitest';
import { clientOptions } from './client-options.ts';

const startUrl = 'https://login.invalid/start';
const configuration = `[profile work]
sso_start_url = ${startUrl}
sso_region = us-gov-west-1
sso_account_id = 123456789012
sso_role_name = Builder
`;

/** The files that a login creates: https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html */
async function loggedIn(): Promise<void> {
  const home = await freshHome();
  const cache = join(home, '.aws', 'sso', 'cache');
  await mkdir(cache, { recursive: true });
  await writeFile(join(home, '.aws', 'config'), configuration);
  const token = { startUrl, accessToken: 'token', expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
  await writeFile(join(cache, `${createHash('sha1').update(startUrl).digest('hex')}.json`), JSON.stringify(token));
  vi.stubEnv('AWS_PROFILE', 'work');
}

/**
 * The environment of an EKS pod with its own role:
 * https://docs.aws.amazon.com/sdkref/latest/guide/access-assume-role-web.html
 */
async function inPod(): Promise<void> {
  const tokenFile = join(await freshHome(), 'token');
  await writeFile(tokenFile, 'token');
  vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', tokenFile);
  vi.stubEnv('AWS_ROLE_ARN', 'arn:aws-us-gov:iam::123456789012:role/orchestrator');
}

/** A home directory and an environment without credentials. */
async function freshHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'twinhull-home-'));
  for (const name of Object.keys(process.env))
    if (/^AWS_|^(?:HTTPS?|NO)_PROXY$/i.test(name)) vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', home);
  vi.stubEnv('AWS_CONFIG_FILE', join(home, '.aws', 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(home, '.aws', 'credentials'));
  vi.stubEnv('AWS_ENDPOINT_URL_SSO', 'http://sso.invalid');
  vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://sts.invalid');
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true });
  });
  return home;
}

const credentials = { secretAccessKey: 'secret', sessionToken: 'session', expiration: Date.now() + 3_600_000 };
const ssoAnswer = JSON.stringify({ roleCredentials: { ...credentials, accessKeyId: 'FROM_SSO' } });
const roleAnswer = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials>
    <AccessKeyId>FROM_ROLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
    <SessionToken>session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
  </Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>`;

interface Asked {
  readonly url: string;
  readonly signedBy: string | undefined;
}

/** The only route to hosts that have no address: the proxy responds in their place. */
async function startProxy(): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  const server = createServer(({ url = '', headers: { authorization } }, response) => {
    asked.push({ url, signedBy: /Credential=(\w+)/.exec(authorization ?? '')?.[1] });
    const isSso = url.startsWith('http://sso.invalid/');
    response.setHeader('content-type', isSso ? 'application/json' : 'text/xml');
    response.end(isSso ? ssoAnswer : roleAnswer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  return asked;
}

async function ask(): Promise<void> {
  const client = new STSClient(clientOptions({ region: 'us-gov-west-1' }));
  onTestFinished(() => client.destroy());
  await client.send(new GetCallerIdentityCommand());
}

it('sends SSO logins through the proxy', async () => {
  await loggedIn();
  const asked = await startProxy();
  await ask();
  expect(asked).toEqual([
    { url: 'http://sso.invalid/federation/credentials?role_name=Builder&account_id=123456789012', signedBy: undefined },
    { url: 'http://sts.invalid/', signedBy: 'FROM_SSO' },
  ]);
});

it('sends role requests through the proxy', async () => {
  await inPod();
  const asked = await startProxy();
  await ask();
  expect(asked).toEqual([
    { url: 'http://sts.invalid/', signedBy: undefined },
    { url: 'http://sts.invalid/', signedBy: 'FROM_ROLE' },
  ]);
});

/** By the endpoint rules of the SDK: in GovCloud, only these two services have another name for FIPS. */
it.each([
  ['batch', BatchClient, 'batch.us-gov-west-1.amazonaws.com'],
  ['logs', CloudWatchLogsClient, 'logs.us-gov-west-1.amazonaws.com'],
  ['sqs', SQSClient, 'sqs.us-gov-west-1.amazonaws.com'],
  ['sts', STSClient, 'sts.us-gov-west-1.amazonaws.com'],
  ['ecr', ECRClient, 'api.ecr-fips.us-gov-west-1.amazonaws.com'],
  ['secretsmanager', SecretsManagerClient, 'secretsmanager-fips.us-gov-west-1.amazonaws.com'],
] as const)('sends requests of %s to the FIPS endpoint where AWS_USE_FIPS_ENDPOINT is set', async (_, Client, host) => {
  await freshHome();
  vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
  vi.stubEnv('AWS_ENDPOINT_URL_STS', undefined);
  const client = new Client(clientOptions({ region: 'us-gov-west-1' }));
  onTestFinished(() => client.destroy());
  const UseFIPS = await client.config.useFipsEndpoint();
  const { url } = client.config.endpointProvider({ Region: 'us-gov-west-1', UseFIPS });
  expect([UseFIPS, url.hostname]).toEqual([true, host]);
});
