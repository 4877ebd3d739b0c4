import { describe, expect, it } from 'vitest';
import { FakeRegistry } from '../../../../test/helpers/fake-registry.ts';
import type { AwsInspector } from '../../../adapters/aws/inspect/aws-inspector.ts';
import type { AwsAnswer, AwsFailureKind } from '../../../adapters/aws/sdk/aws-errors.ts';
import { bootstrapCommand } from '../../../builder/bootstrap.ts';
import { contractVersion } from '../../../builder/contract.ts';
import { builderScript, scriptDigest } from '../../../builder/script.ts';
import { loadSettings } from '../../../settings/settings.ts';
import { type CheckResult, runChecks } from '../check.ts';
import { awsChecks } from './aws-checks.ts';

const account = '123456789012';
const region = 'us-gov-west-1';
const environment = {
  TWINHULL_SETTINGS_FILE: '/dev/null',
  BATCH_REGION: region,
  BUILD_ARM64_QUEUE: 'build-arm64',
  BUILD_AMD64_QUEUE: 'build-amd64',
  BUILD_JOB_DEFINITION: 'builder',
  BUILD_GIT_SECRET_ARN: 'git-token',
  TWINHULL_BUILD_SECRETS: 'npm=npm-token',
  ECR_REPOSITORY: 'vecoli',
};

function failed(kind: AwsFailureKind, action: string): AwsAnswer<never> {
  return { failure: { kind, action, reason: 'because' } };
}

/** An account without problems. Records the calls. */
function healthy(asked: string[] = []): AwsInspector {
  const types = (name: string) => (name.endsWith('arm64') ? ['m8g.xlarge'] : ['m7i.xlarge']);
  return {
    identity: async () => ({ value: { account, arn: `arn:aws-us-gov:iam::${account}:user/ci` } }),
    queue: async (name) => {
      asked.push(`queue ${name}`);
      const computeEnvironments = [`hosts-${name.slice('build-'.length)}`];
      return {
        value: { name, arn: name, state: 'ENABLED', status: 'VALID', statusReason: undefined, computeEnvironments },
      };
    },
    computeEnvironments: async (names) => {
      asked.push(`environments ${names.join()}`);
      const rest = {
        state: 'ENABLED',
        status: 'VALID',
        statusReason: undefined,
        resource: 'EC2',
        maxVcpus: 16,
        subnets: ['subnet-1'],
      };
      return { value: names.map((name) => ({ ...rest, name, arn: name, instanceTypes: types(name) })) };
    },
    jobDefinition: async (name) => ({
      value: {
        arn: name,
        name,
        revision: 1,
        status: 'ACTIVE',
        image: 'docker:cli',
        command: bootstrapCommand({
          place: { path: '/opt/builder.sh' },
          sha256: scriptDigest(await builderScript()),
          contract: contractVersion,
        }),
        privileged: false,
        user: 'root',
        mounts: [{ hostPath: '/var/run/docker.sock', containerPath: '/var/run/docker.sock' }],
        environment: new Map(),
        vcpus: 4,
        memory: 7000,
        timeoutSeconds: undefined,
      },
    }),
    secret: async (name) => ({ value: { arn: name, name, isBeingDeleted: false } }),
    repository: async (name) => ({
      value: {
        arn: name,
        uri: `host/${name}`,
        tags: { setting: 'IMMUTABLE_WITH_EXCLUSION', exclusions: ['staging-*', 'cache-*', 'latest'] },
      },
    }),
    offeredTypes: async (names) => ({ value: new Set(names) }),
    instanceTypes: async (names) => ({
      value: names.map((name) => ({
        name,
        platforms: [name.startsWith('m8g') ? ('linux/arm64' as const) : ('linux/amd64' as const)],
        vcpus: 4,
        memory: 16_384 / 2,
      })),
    }),
    vcpuQuota: async () => ({ value: 64 }),
    network: async (subnets) => ({
      value: {
        subnets: subnets.map((id) => ({ id, vpc: 'vpc-1', defaultRoute: 'nat-1', givesPublicAddress: false })),
        endpoints: new Set(['s3']),
      },
    }),
  };
}

async function diagnose(
  change: Partial<AwsInspector> = {},
  settings: Record<string, string> = {},
): Promise<readonly CheckResult[]> {
  const { aws } = loadSettings({ ...environment, ...settings });
  const registry = () => new FakeRegistry();
  return runChecks(awsChecks({ settings: aws, inspector: { ...healthy(), ...change }, builderScript, registry }));
}

const named = (results: readonly CheckResult[], name: string) => results.filter((result) => result.name === name);

it('reports no problems for a healthy account', async () => {
  const results = await diagnose();
  expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(results.map(({ name }) => name)).toEqual([
    ...['AWS identity', 'queue arm64', 'hosts arm64', 'queue amd64', 'hosts amd64'],
    ...['job definition', 'secret', 'secret', 'repository', 'vCPU quota', 'network'],
  ]);
});

it('requests everything once', async () => {
  const asked: string[] = [];
  const { aws } = loadSettings(environment);
  const registry = () => new FakeRegistry();
  await runChecks(awsChecks({ settings: aws, inspector: healthy(asked), builderScript, registry }));
  expect(asked.sort()).toEqual([
    ...['environments hosts-amd64', 'environments hosts-arm64', 'queue build-amd64', 'queue build-arm64'],
  ]);
});

it.each<AwsFailureKind>(['no-credentials', 'expired', 'unreachable', 'no-such-host'])(
  'reports only the identity if its request fails with %s',
  async (kind) => {
    const results = await diagnose({ identity: async () => failed(kind, 'sts:GetCallerIdentity') });
    expect(results).toMatchObject([{ name: 'AWS identity', status: 'problem' }]);
  },
);

it('reports only that the credentials belong to another partition', async () => {
  const arn = `arn:aws:iam::${account}:user/ci`;
  const results = await diagnose({ identity: async () => ({ value: { account, arn } }) });
  expect(results).toMatchObject([{ name: 'AWS identity', status: 'problem' }]);
});

it('turns each missing permission into a warning that names it', async () => {
  const results = await diagnose({
    queue: async () => failed('denied', 'batch:DescribeJobQueues'),
    jobDefinition: async () => failed('denied', 'batch:DescribeJobDefinitions'),
    secret: async () => failed('denied', 'secretsmanager:DescribeSecret'),
    repository: async () => failed('denied', 'ecr:DescribeRepositories'),
  });
  const others = results.filter(({ status }) => status !== 'ok');
  expect(new Set(others.map(({ status }) => status))).toEqual(new Set(['warning']));
  expect(others.map(({ name, advice }) => `${name}: ${advice}`)).toEqual(
    [
      ['queue arm64', 'batch:DescribeJobQueues'],
      ['queue amd64', 'batch:DescribeJobQueues'],
      ['job definition', 'batch:DescribeJobDefinitions'],
      ['secret', 'secretsmanager:DescribeSecret'],
      ['secret', 'secretsmanager:DescribeSecret'],
      ['repository', 'ecr:DescribeRepositories'],
    ].map(([name, action]) => `${name}: allow it ${action}, or run doctor with credentials that have this permission`),
  );
});

describe('a check that depends on another resource', () => {
  it('warns about missing permissions, and still judges the rest', async () => {
    const results = await diagnose({
      offeredTypes: async () => failed('denied', 'ec2:DescribeInstanceTypeOfferings'),
      instanceTypes: async () => failed('denied', 'ec2:DescribeInstanceTypes'),
      network: async () => failed('denied', 'ec2:DescribeSubnets'),
      vcpuQuota: async () => failed('denied', 'servicequotas:GetServiceQuota'),
    });
    expect(named(results, 'hosts arm64').map(({ status }) => status)).toEqual(['ok', 'warning', 'warning']);
    expect(named(results, 'network')).toMatchObject([{ status: 'warning' }]);
    expect(named(results, 'vCPU quota')).toMatchObject([{ status: 'warning' }]);
  });

  it('is left out if it does not exist', async () => {
    const results = await diagnose({ queue: async () => ({ value: undefined }) });
    expect(results.map(({ name }) => name)).not.toContain('hosts arm64');
    expect(named(results, 'queue arm64')).toMatchObject([{ status: 'problem' }]);
  });
});

it('reports missing settings', async () => {
  const results = await diagnose({}, { BUILD_ARM64_QUEUE: '', BUILD_JOB_DEFINITION: '' });
  expect(results.filter(({ status }) => status === 'problem')).toMatchObject([
    { name: 'queue arm64', code: 'SettingInvalid', detail: 'BUILD_ARM64_QUEUE is not set' },
    { name: 'job definition', code: 'SettingInvalid', detail: 'BUILD_JOB_DEFINITION is not set' },
  ]);
});

it('reports a secret and a repository that do not exist', async () => {
  const results = await diagnose({
    secret: async () => failed('not-found', 'secretsmanager:DescribeSecret'),
    repository: async () => failed('not-found', 'ecr:DescribeRepositories'),
  });
  expect(named(results, 'secret').map(({ detail }) => detail)).toEqual([
    `there is no secret git-token in ${region}`,
    `there is no secret npm-token in ${region}`,
  ]);
  expect(named(results, 'repository')[0]?.detail).toBe(
    `there is no repository vecoli in this account's registry in ${region}`,
  );
});

it('examines the builder image of the job definition', async () => {
  const image = `${account}.dkr.ecr.${region}.amazonaws.com/twinhull-builder:29`;
  const results = await diagnose({
    jobDefinition: async (name) => {
      const answer = await healthy().jobDefinition(name);
      return 'failure' in answer || answer.value === undefined ? answer : { value: { ...answer.value, image } };
    },
  });
  expect(named(results, 'builder image')).toMatchObject([
    { status: 'problem', detail: `there is no image ${image}: jobs cannot start` },
  ]);
});

it('compares each quota with the hosts that it applies to', async () => {
  const results = await diagnose({
    computeEnvironments: async (names) => {
      const answer = await healthy().computeEnvironments(names);
      if ('failure' in answer) return answer;
      return { value: answer.value.map((one) => ({ ...one, resource: one.name.endsWith('arm64') ? 'SPOT' : 'EC2' })) };
    },
    vcpuQuota: async (code) => ({ value: code === 'L-1216C47A' ? 16 : 2 }),
  });
  expect(named(results, 'vCPU quota')).toMatchObject([
    { status: 'ok', detail: expect.stringMatching(/16 vCPUs of standard on-demand .* use at most 16/) },
    { status: 'problem', detail: expect.stringMatching(/2 vCPUs of standard Spot .* one host has 4/) },
  ]);
});

it('requires no secret if none is set, and reads the Spot quota by its own code', async () => {
  const codes: string[] = [];
  const results = await diagnose(
    {
      computeEnvironments: async (names) => {
        const answer = await healthy().computeEnvironments(names);
        return 'failure' in answer ? answer : { value: answer.value.map((one) => ({ ...one, resource: 'SPOT' })) };
      },
      vcpuQuota: async (code) => {
        codes.push(code);
        return { value: 64 };
      },
    },
    { BUILD_GIT_SECRET_ARN: '', TWINHULL_BUILD_SECRETS: '' },
  );
  expect(named(results, 'secret')).toMatchObject([
    { status: 'ok', detail: expect.stringContaining('public repositories') },
  ]);
  expect(codes).toEqual(['L-34B43A08']);
});
