import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UpdateJobQueueCommand } from '@aws-sdk/client-batch';
import { CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { PutImageTagMutabilityCommand } from '@aws-sdk/client-ecr';
import { DeleteSecretCommand, RestoreSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckJson, ChecksJson } from '../../src/cli/doctor/render-checks.ts';
import {
  type AccountClients,
  accountClients,
  accountSettings,
  defineBuilder,
  furnishAccount,
} from '../helpers/aws-account.ts';
import { readAwsLab } from '../helpers/aws-lab.ts';
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

  it('looks for the builder image of the job definition in ECR', async () => {
    const { registry } = (await readAwsLab()).aws;
    const image = `${registry.host}/twinhull-test/no-builder:29`;
    await defineBuilder(clients, 'prebuilt', image);
    const { checks } = await doctor({ BUILD_JOB_DEFINITION: 'prebuilt', TWINHULL_REGISTRY_CA_FILE: registry.caFile });
    expect(named(checks, 'builder image')).toMatchObject([
      { status: 'problem', detail: `there is no image ${image}: jobs cannot start` },
    ]);
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

  describe('--before-deploy', () => {
    async function beforeDeploy(...words: string[]) {
      const env = { ...emulator.environment, AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined };
      const command = ['doctor', '--backend', 'aws', '--before-deploy', '-c', `region=${region}`, ...words, '--json'];
      const ran = await bed.run(command, { env });
      expect(ran.stderr).toBe('');
      return { exitCode: ran.exitCode, checks: (JSON.parse(ran.stdout) as ChecksJson).checks };
    }

    const createStack = async (StackName: string, Description: string) => {
      const Resources = {
        Repository: { Type: 'AWS::ECR::Repository', Properties: { RepositoryName: `${StackName}-images` } },
      };
      const TemplateBody = JSON.stringify({ Description, Resources });
      await clients.formation.send(new CreateStackCommand({ StackName, TemplateBody }));
    };

    it('passes an account where nothing of the stack exists', async () => {
      const { exitCode, checks } = await beforeDeploy('-c', 'name=acme');
      expect(exitCode).toBe(0);
      expect(checks.filter(({ status }) => status === 'ok').map(({ name }) => name)).toEqual([
        ...['AWS identity', 'stack', 'types arm64', 'types amd64', 'zones'],
        ...['queue arm64', 'queue amd64', 'job definition', 'repository'],
      ]);
      // The account was not bootstrapped and has no token; the emulator has no quotas of EC2.
      expect(checks.filter(({ status }) => status === 'warning').map(({ name }) => name)).toEqual([
        ...['bootstrap', 'vCPU quota', 'secret'],
      ]);
    });

    it('reports what the region lacks, and names that are taken', async () => {
      const { exitCode, checks } = await beforeDeploy(
        ...['-c', 'arm64InstanceTypes=m8g.xlarge,m99g.xlarge', '-c', 'availabilityZones=us-east-1a,us-east-1q'],
        ...['-c', `arm64Queue=${accountSettings.BUILD_ARM64_QUEUE}`],
        ...['-c', `gitSecret=${accountSettings.BUILD_GIT_SECRET_ARN}`],
      );
      expect(exitCode).toBe(2);
      expect(checks.filter(({ status }) => status === 'problem').map(({ name }) => name)).toEqual([
        ...['types arm64', 'zones', 'queue arm64', 'repository'],
      ]);
      expect(named(checks, 'types arm64')[0]).toMatchObject({
        detail: 'us-east-1 does not offer m99g.xlarge: the deployment fails',
        advice: expect.stringContaining('-c arm64InstanceTypes=m8g.xlarge,'),
      });
      expect(named(checks, 'secret')).toMatchObject([{ status: 'ok' }]);
    });

    it('distinguishes our stack from another of the name', async () => {
      await createStack('ours', 'Twinhull: container images');
      await createStack('theirs', 'Builds of another origin');
      const ours = await beforeDeploy('-c', 'stackName=ours', '-c', 'repository=ours-images');
      expect(named(ours.checks, 'stack')).toMatchObject([
        { status: 'ok', detail: expect.stringContaining('updates it') },
      ]);
      expect(named(ours.checks, 'repository')).toMatchObject([{ status: 'ok' }]);
      const theirs = await beforeDeploy('-c', 'stackName=theirs', '-c', 'repository=theirs-images');
      expect(theirs.exitCode).toBe(2);
      expect(named(theirs.checks, 'stack')).toMatchObject([
        { status: 'problem', detail: expect.stringContaining('is not a stack of Twinhull') },
      ]);
      expect(named(theirs.checks, 'repository')).toMatchObject([{ status: 'problem' }]);
    });

    it.each([
      [['--before-deploy', '-c', 'colour=red'], 'the context key colour is not valid'],
      [['--before-deploy', '--backend', 'docker'], '--before-deploy checks AWS, not the backend docker'],
      [['-c', 'name=acme'], '--context is an option of a deployment'],
      [['--before-deploy', '-c', 'name'], 'It must be key=value'],
    ])('refuses %j', async (words, message) => {
      const ran = await bed.run(['doctor', ...words], { env: emulator.environment });
      expect([ran.exitCode, ran.stderr]).toEqual([2, expect.stringContaining(message)]);
    });

    it('reads cdk.context.json of the folder that it runs in', async () => {
      const cwd = mkdtempSync(path.join(tmpdir(), 'twinhull-context-'));
      try {
        writeFileSync(path.join(cwd, 'cdk.context.json'), JSON.stringify({ region, name: 'acme' }));
        const command = ['doctor', '--before-deploy', '-c', 'name=corp'];
        const ran = await bed.run(command, { env: emulator.environment, cwd });
        expect(ran.stdout).toContain('there is no corp-build-batch in us-east-1');
        writeFileSync(path.join(cwd, 'cdk.context.json'), '{');
        const broken = await bed.run(command, { env: emulator.environment, cwd });
        expect([broken.exitCode, broken.stderr]).toEqual([2, expect.stringContaining('cdk.context.json')]);
      } finally {
        rmSync(cwd, { recursive: true });
      }
    });
  });

  it('reports a queue of another region than the configured one', async () => {
    const arn = 'arn:aws:batch:us-west-2:123456789012:job-queue/build-arm64';
    const { checks } = await doctor({ BUILD_ARM64_QUEUE: arn });
    expect(named(checks, 'AWS identity')).toMatchObject([
      { status: 'problem', detail: `BUILD_ARM64_QUEUE is ${arn}: in us-west-2, not us-east-1` },
    ]);
  });
});
