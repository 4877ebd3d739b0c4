import { UpdateJobQueueCommand } from '@aws-sdk/client-batch';
import { PutImageTagMutabilityCommand } from '@aws-sdk/client-ecr';
import { DeleteSecretCommand, RestoreSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckJson, ChecksJson } from '../../src/cli/doctor/render-checks.ts';
import { type AccountClients, accountClients, accountSettings, furnishAccount } from '../helpers/aws-account.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { type OwnEmulator, startOwnEmulator } from '../helpers/own-emulator.ts';

/** A region whose instance types the emulator knows; it knows none of GovCloud's. */
const region = 'us-east-1';

/**
 * On a separate emulator. What it does not support (permissions, quotas of EC2, routes of subnets, hosts that exist) is
 * covered by the unit tests, with answers in the shapes of the API models.
 */
describe('doctor for AWS', () => {
  let bed: E2eBed;
  let emulator: OwnEmulator;
  let clients: AccountClients;
  const closers: (() => Promise<void> | void)[] = [];

  async function doctor(change: Record<string, string | undefined> = {}) {
    const env = {
      ...emulator.environment,
      ...accountSettings,
      BATCH_REGION: region,
      DOCKER_HOST: 'unix:///nowhere.sock',
      TWINHULL_GIT_TOKEN_FILE: undefined,
      ...change,
    };
    const ran = await bed.run(['doctor', '--backend', 'aws', '--repository', 'https://git.invalid/a.git', '--json'], {
      env,
    });
    expect(ran.stderr).toBe('');
    const { checks } = JSON.parse(ran.stdout) as ChecksJson;
    return { exitCode: ran.exitCode, checks };
  }

  const named = (checks: readonly CheckJson[], name: string) => checks.filter((check) => check.name === name);

  beforeAll(async () => {
    bed = await E2eBed.open();
    closers.push(() => bed.dispose());
    emulator = await startOwnEmulator(region);
    closers.push(() => emulator.stop());
    clients = accountClients(region, emulator.endpoint);
    for (const client of Object.values(clients)) closers.push(() => client.destroy());
    await furnishAccount(clients);
  });

  afterAll(async () => {
    await Promise.all(closers.map(async (close) => close()));
  });

  it('passes an account that is set up for builds, and checks no engine', async () => {
    const { exitCode, checks } = await doctor();
    expect(checks.filter(({ status }) => status === 'problem')).toEqual([]);
    expect(exitCode).toBe(0);
    expect(checks.filter(({ status }) => status === 'ok').map(({ name }) => name)).toEqual([
      ...['AWS identity', 'queue arm64', 'hosts arm64', 'queue amd64', 'hosts amd64'],
      ...['job definition', 'secret', 'repository', 'network', 'state folder', 'registry'],
      ...['git credentials', 'secret files'],
    ]);
    // The emulator knows no quotas of EC2, and only jobs can read the git token.
    expect(checks.filter(({ status }) => status === 'warning').map(({ name }) => name)).toEqual(['vCPU quota', 'git']);
  });

  it('runs by default with the settings of the aws backend', async () => {
    const env = { ...emulator.environment, ...accountSettings, BATCH_REGION: region };
    const ran = await bed.run(['doctor'], { env });
    expect(ran.stdout).toContain('AWS identity');
    expect(ran.stdout).not.toMatch(/^\S+ engine/m);
  });

  it('reports each problem with the command that fixes it', async () => {
    const queue = accountSettings.BUILD_ARM64_QUEUE;
    const secret = accountSettings.BUILD_GIT_SECRET_ARN;
    await clients.batch.send(new UpdateJobQueueCommand({ jobQueue: queue, state: 'DISABLED' }));
    await clients.secrets.send(new DeleteSecretCommand({ SecretId: secret, RecoveryWindowInDays: 7 }));
    await clients.ecr.send(
      new PutImageTagMutabilityCommand({
        repositoryName: accountSettings.ECR_REPOSITORY,
        imageTagMutability: 'MUTABLE',
      }),
    );
    try {
      const { exitCode, checks } = await doctor({
        BUILD_AMD64_QUEUE: 'no-such-queue',
        BUILD_JOB_DEFINITION: 'builder:7',
      });
      expect(exitCode).toBe(2);
      expect(named(checks, 'queue arm64')).toMatchObject([
        {
          status: 'problem',
          advice: `aws batch update-job-queue --region ${region} --job-queue ${queue} --state ENABLED`,
        },
      ]);
      expect(named(checks, 'queue amd64')).toMatchObject([
        { status: 'problem', detail: `there is no job queue no-such-queue in ${region}` },
      ]);
      expect(named(checks, 'hosts amd64')).toEqual([]);
      expect(named(checks, 'job definition')).toMatchObject([
        { status: 'problem', detail: `there is no active job definition builder:7 in ${region}` },
      ]);
      expect(named(checks, 'secret')).toMatchObject([
        { status: 'problem', advice: `aws secretsmanager restore-secret --region ${region} --secret-id ${secret}` },
      ]);
      expect(named(checks, 'repository')).toMatchObject([
        { status: 'warning', detail: expect.stringContaining('can overwrite the tag of a commit') },
      ]);
    } finally {
      await clients.batch.send(new UpdateJobQueueCommand({ jobQueue: queue, state: 'ENABLED' }));
      await clients.secrets.send(new RestoreSecretCommand({ SecretId: secret }));
    }
  });

  it('reports missing credentials, and skips the other AWS checks', async () => {
    const { exitCode, checks } = await doctor({ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined });
    expect(exitCode).toBe(2);
    expect(named(checks, 'AWS identity')).toMatchObject([
      { status: 'problem', code: 'AwsAccessDenied', advice: expect.stringContaining('AWS_PROFILE') },
    ]);
    expect(named(checks, 'queue arm64')).toEqual([]);
  });

  it('reports an endpoint that does not respond, and one that does not resolve', async () => {
    const refused = await doctor({ AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
    expect(refused.exitCode).toBe(3);
    expect(named(refused.checks, 'AWS identity')).toMatchObject([
      { code: 'BackendUnreachable', detail: expect.stringContaining('AWS does not respond') },
    ]);
    // Without a proxy, which would resolve the address itself and report the failure in its own words.
    const nowhere = await doctor({ AWS_ENDPOINT_URL: 'http://sts.us-gov-wst-1.invalid', NO_PROXY: '*' });
    expect(nowhere.exitCode).toBe(3);
    const [identity] = named(nowhere.checks, 'AWS identity');
    expect(identity).toMatchObject({ code: 'BackendUnreachable' });
    // A machine without any name server cannot know that the name does not exist.
    expect(`${identity?.detail}: ${identity?.advice}`).toMatch(
      /ENOTFOUND.*: check that BATCH_REGION \(us-east-1\) is correct|EAI_AGAIN.*: check firewall and proxy/,
    );
  });

  it('reports a queue of another region than the configured one', async () => {
    const arn = 'arn:aws:batch:us-west-2:123456789012:job-queue/build-arm64';
    const { checks } = await doctor({ BUILD_ARM64_QUEUE: arn });
    expect(named(checks, 'AWS identity')).toMatchObject([
      { status: 'problem', detail: `BUILD_ARM64_QUEUE is ${arn}: in us-west-2, not us-east-1` },
    ]);
  });
});
