import { describe, expect, it } from 'vitest';
import type { StackInspector } from '../../../adapters/aws/inspect/aws-inspector.ts';
import type { JobDefinitionFacts, StackFacts } from '../../../adapters/aws/inspect/facts.ts';
import type { AwsAnswer, AwsFailureKind } from '../../../adapters/aws/sdk/aws-errors.ts';
import { bootstrapCommand } from '../../../builder/bootstrap.ts';
import { readDeployment } from '../../../settings/deployment.ts';
import { type CheckResult, runChecks } from '../check.ts';
import { beforeDeployChecks } from './before-deploy-checks.ts';
import { plannedStack } from './planned-stack.ts';

const account = '123456789012';
const region = 'us-gov-west-1';
const zones = ['a', 'b', 'c'].map((letter) => `${region}${letter}`);
const standardTypes = ['m8g.xlarge', 'c8g.xlarge', 'm7i.xlarge', 'c7i.xlarge'];
const offers = new Map(standardTypes.map((type) => [type, zones]));
const queueArn = (name: string) => `arn:aws-us-gov:batch:${region}:${account}:job-queue/${name}`;

function failed(kind: AwsFailureKind, action: string): AwsAnswer<never> {
  return { failure: { kind, action, reason: 'because' } };
}

function stackOf(change: Partial<StackFacts> = {}): StackFacts {
  return {
    name: 'smsvpctest-build-batch',
    status: 'UPDATE_COMPLETE',
    description: 'Twinhull: container images',
    resources: new Set(),
    ...change,
  };
}

const queue = (name: string) => ({
  value: {
    name,
    arn: queueArn(name),
    state: 'ENABLED',
    status: 'VALID',
    statusReason: undefined,
    computeEnvironments: [],
  },
});

const definition: JobDefinitionFacts = {
  arn: `arn:aws-us-gov:batch:${region}:${account}:job-definition/vecoli-dind-build:3`,
  name: 'vecoli-dind-build',
  revision: 3,
  status: 'ACTIVE',
  image: 'docker:cli',
  command: ['echo', 'hello'],
  privileged: false,
  user: 'root',
  mounts: [],
  environment: new Map(),
  vcpus: 4,
  memory: 7000,
  timeoutSeconds: 10_800,
};

const repository = (name: string) => ({
  value: {
    arn: `arn:aws-us-gov:ecr:${region}:${account}:repository/${name}`,
    uri: `host/${name}`,
    tags: { setting: 'IMMUTABLE', exclusions: [] },
  },
});

/** An empty account that was bootstrapped, and has the git token. */
const empty: StackInspector = {
  identity: async () => ({ value: { account, arn: `arn:aws-us-gov:iam::${account}:user/ada` } }),
  stack: async (name) => ({ value: name === 'CDKToolkit' ? stackOf({ name, description: 'This stack' }) : undefined }),
  zones: async () => ({ value: zones }),
  typeZones: async () => ({ value: offers }),
  instanceTypes: async (names) => ({
    value: names.map((name) => ({
      name,
      platforms: [/^[a-z]\d+g/.test(name) ? ('linux/arm64' as const) : ('linux/amd64' as const)],
      vcpus: 4,
      memory: 8192,
    })),
  }),
  vcpuQuota: async () => ({ value: 64 }),
  queue: async () => ({ value: undefined }),
  jobDefinition: async () => ({ value: undefined }),
  repository: async () => failed('not-found', 'ecr:DescribeRepositories'),
  secret: async (name) => ({ value: { arn: name, name, isBeingDeleted: false } }),
  network: async (subnets) => ({
    value: {
      subnets: subnets.map((id) => ({ id, vpc: 'vpc-1', defaultRoute: 'nat-1', givesPublicAddress: false })),
      endpoints: new Set(['s3']),
    },
  }),
  offeredTypes: async (names) => ({ value: new Set(names) }),
  computeEnvironments: async () => ({ value: [] }),
};

async function diagnose(
  change: Partial<StackInspector> = {},
  context: Record<string, unknown> = {},
): Promise<readonly CheckResult[]> {
  return runChecks(beforeDeployChecks(plannedStack(readDeployment(context)), { ...empty, ...change }));
}

const named = (results: readonly CheckResult[], name: string) => results.filter((result) => result.name === name);
const faults = (results: readonly CheckResult[]) => results.filter(({ status }) => status !== 'ok');

it('passes an empty account that offers everything', async () => {
  const results = await diagnose();
  expect(faults(results)).toEqual([]);
  expect(results.map(({ name }) => name)).toEqual([
    ...['AWS identity', 'stack', 'bootstrap', 'types arm64', 'types amd64', 'zones', 'vCPU quota'],
    ...['queue arm64', 'queue amd64', 'job definition', 'repository', 'secret'],
  ]);
  expect(named(results, 'stack')[0]?.detail).toBe(
    'there is no smsvpctest-build-batch in us-gov-west-1: the deployment creates it',
  );
});

it('requests what the options name', async () => {
  const asked: string[] = [];
  await diagnose(
    {
      stack: async (name) => {
        asked.push(name);
        return { value: undefined };
      },
      queue: async (name) => {
        asked.push(name);
        return { value: undefined };
      },
      secret: async (name) => {
        asked.push(name);
        return { value: { arn: name, name, isBeingDeleted: false } };
      },
    },
    { name: 'acme', bootstrapped: 'false', buildSecrets: 'npm,pip' },
  );
  expect(asked.sort()).toEqual([
    ...['acme-build-amd64', 'acme-build-arm64', 'acme-build-batch', 'acme-git-token', 'npm', 'pip'],
  ]);
});

describe('the account', () => {
  it.each<AwsFailureKind>(['no-credentials', 'expired', 'unreachable'])(
    'is reported alone if its request fails with %s',
    async (kind) => {
      const results = await diagnose({ identity: async () => failed(kind, 'sts:GetCallerIdentity') });
      expect(results).toMatchObject([{ name: 'AWS identity', status: 'problem' }]);
    },
  );

  it('is reported alone if the region is of another partition', async () => {
    const results = await diagnose({}, { region: 'us-east-1' });
    expect(results).toMatchObject([
      { name: 'AWS identity', status: 'problem', advice: expect.stringContaining('-c region=REGION') },
    ]);
  });

  it('names the option of a region that has no endpoint', async () => {
    const results = await diagnose({ identity: async () => failed('no-such-host', 'sts:GetCallerIdentity') });
    expect(results[0]?.advice).toContain('check that -c region (us-gov-west-1) is correct');
  });

  it('may lack permissions, each of which becomes a warning', async () => {
    const results = await diagnose({
      stack: async () => failed('denied', 'cloudformation:DescribeStacks'),
      typeZones: async () => failed('denied', 'ec2:DescribeInstanceTypeOfferings'),
      instanceTypes: async () => failed('denied', 'ec2:DescribeInstanceTypes'),
      zones: async () => failed('denied', 'ec2:DescribeAvailabilityZones'),
      vcpuQuota: async () => failed('denied', 'servicequotas:GetServiceQuota'),
      queue: async () => failed('denied', 'batch:DescribeJobQueues'),
      repository: async () => failed('denied', 'ecr:DescribeRepositories'),
      secret: async () => failed('denied', 'secretsmanager:DescribeSecret'),
    });
    const others = faults(results);
    expect(new Set(others.map(({ status }) => status))).toEqual(new Set(['warning']));
    expect(others.map(({ name }) => name)).toEqual([
      ...['stack', 'bootstrap', 'types arm64', 'types arm64', 'types amd64', 'types amd64', 'zones', 'vCPU quota'],
      ...['queue arm64', 'queue amd64', 'repository', 'secret'],
    ]);
  });

  it('needs as many vCPUs as both queues use', async () => {
    expect(named(await diagnose({ vcpuQuota: async () => ({ value: 5 }) }), 'vCPU quota')).toMatchObject([
      { status: 'warning', detail: expect.stringContaining('too few for both jobs of a build (8)') },
    ]);
    const more = await diagnose({}, { maxVcpus: '64' });
    expect(named(more, 'vCPU quota')).toMatchObject([
      { status: 'warning', advice: expect.stringContaining('--desired-value 128') },
    ]);
  });

  it('needs the zones of the stack', async () => {
    const two = zones.slice(0, 2);
    expect(named(await diagnose({ zones: async () => ({ value: two }) }), 'zones')).toMatchObject([
      {
        status: 'problem',
        detail: `the account has no zone ${region}c in ${region}: the deployment fails`,
        advice: `-c availabilityZones=${two.join(',')}`,
      },
    ]);
  });

  it('is not asked for zones and routes of a new VPC if the options name subnets', async () => {
    const results = await diagnose({}, { vpcId: 'vpc-1', subnetIds: 'subnet-1,subnet-2' });
    expect(named(results, 'zones')).toEqual([]);
    expect(named(results, 'network')).toMatchObject([{ status: 'ok', detail: expect.stringContaining('2 subnets') }]);
  });
});

describe('instance types', () => {
  const only = (...types: string[]) => ({
    typeZones: async () => ({ value: new Map(types.map((one) => [one, zones])) }),
  });

  it('that the region lacks are a problem, with the ones to choose', async () => {
    const results = await diagnose(only('m8g.xlarge', 'm7g.xlarge', 'c7g.xlarge', 'm7i.xlarge', 'c7i.xlarge'));
    expect(named(results, 'types arm64')).toEqual([
      {
        name: 'types arm64',
        status: 'problem',
        detail: 'us-gov-west-1 does not offer c8g.xlarge: the deployment fails',
        advice: 'choose among those that it offers, such as -c arm64InstanceTypes=m8g.xlarge,m7g.xlarge,c7g.xlarge',
      },
    ]);
    expect(named(results, 'types amd64')).toMatchObject([{ status: 'ok' }]);
  });

  it('of the options are checked instead', async () => {
    const results = await diagnose(only('m7g.xlarge', 'm7i.xlarge', 'c7i.xlarge'), { arm64InstanceTypes: 'm7g' });
    expect(named(results, 'types arm64')).toMatchObject([{ status: 'ok', detail: `m7g (${zones.join(', ')})` }]);
  });

  it('of the other architecture are a problem', async () => {
    const results = await diagnose({}, { arm64InstanceTypes: 'm7i.xlarge' });
    expect(named(results, 'types arm64')).toMatchObject([{ status: 'problem', detail: 'm7i.xlarge: not linux/arm64' }]);
    expect(named(await diagnose({}, { arm64InstanceTypes: 'optimal' }), 'types arm64')).toMatchObject([
      { status: 'problem', detail: 'optimal: not linux/arm64' },
    ]);
    expect(named(await diagnose({}, { amd64InstanceTypes: 'optimal' }), 'types amd64')).toMatchObject([
      { status: 'ok', detail: 'optimal' },
    ]);
  });

  it('that a zone lacks are a warning, those that all zones lack a problem', async () => {
    const inA = new Map([...offers, ['m8g.xlarge', zones.slice(0, 1)], ['c8g.xlarge', zones.slice(0, 2)]]);
    expect(named(await diagnose({ typeZones: async () => ({ value: inA }) }), 'types arm64')).toMatchObject([
      {
        status: 'warning',
        detail: `no host can start in ${region}c: none of m8g.xlarge, c8g.xlarge is offered there`,
      },
    ]);
    const elsewhere = new Map([...offers, ['m8g.xlarge', [`${region}d`]], ['c8g.xlarge', [`${region}d`]]]);
    expect(named(await diagnose({ typeZones: async () => ({ value: elsewhere }) }), 'types arm64')).toMatchObject([
      { status: 'problem', advice: expect.stringContaining('-c availabilityZones=') },
    ]);
  });

  it('that two jobs fit on are a warning', async () => {
    const large = async (names: readonly string[]) => ({
      value: names.map((name) => ({ name, platforms: ['linux/arm64' as const], vcpus: 8, memory: 32_768 })),
    });
    const results = await diagnose(
      { instanceTypes: large, ...only('m8g.2xlarge') },
      { arm64InstanceTypes: 'm8g.2xlarge' },
    );
    expect(named(results, 'types arm64')).toMatchObject([
      { status: 'ok' },
      { status: 'warning', detail: expect.stringContaining('two jobs of 4 vCPUs') },
    ]);
  });
});

describe('the stack', () => {
  const stack = (facts: StackFacts) => ({ stack: async () => ({ value: facts }) });

  it('of another origin is a problem', async () => {
    const foreign = stackOf({ description: 'Builds of vEcoli', resources: new Set(['a', 'b']) });
    expect(named(await diagnose(stack(foreign)), 'stack')).toMatchObject([
      {
        status: 'problem',
        detail:
          'smsvpctest-build-batch exists, and is not a stack of Twinhull: the deployment would replace its 2 resources',
        advice: expect.stringContaining('-c name=NAME'),
      },
    ]);
  });

  it.each([
    ['UPDATE_COMPLETE', 'ok', undefined],
    ['CREATE_COMPLETE', 'ok', undefined],
    ['UPDATE_ROLLBACK_COMPLETE', 'ok', undefined],
    ['UPDATE_IN_PROGRESS', 'problem', 'describe-stack-events'],
    ['ROLLBACK_COMPLETE', 'warning', 'delete-stack'],
    ['UPDATE_ROLLBACK_FAILED', 'problem', 'continue-update-rollback'],
    ['DELETE_FAILED', 'problem', 'delete-stack'],
  ])('of ours with the status %s is %s', async (status, expected, advice) => {
    const [result] = named(await diagnose(stack(stackOf({ status }))), 'stack');
    expect(result?.status).toBe(expected);
    if (advice !== undefined)
      expect(result?.advice).toContain(
        `aws cloudformation ${advice} --region us-gov-west-1 --stack-name smsvpctest-build-batch`,
      );
    else expect(result?.detail).toContain('the deployment updates it');
  });

  it('of cdk bootstrap may be missing, unless it is not used', async () => {
    const none = { stack: async () => ({ value: undefined }) };
    expect(named(await diagnose(none), 'bootstrap')).toMatchObject([
      { status: 'warning', advice: expect.stringContaining(`npx cdk bootstrap aws://${account}/${region}`) },
    ]);
    expect(named(await diagnose(none, { bootstrapped: false }), 'bootstrap')).toEqual([]);
  });
});

describe('a name that is taken', () => {
  const taken: Partial<StackInspector> = {
    queue: async (name) => queue(name),
    repository: async (name) => repository(name),
    jobDefinition: async () => ({ value: definition }),
  };
  const names = ['queue arm64', 'queue amd64', 'job definition', 'repository'] as const;

  it('by something outside the stack is a problem', async () => {
    const results = await diagnose(taken);
    expect(faults(results).map(({ name, status }) => [name, status])).toEqual(names.map((name) => [name, 'problem']));
    expect(named(results, 'queue arm64')[0]).toMatchObject({
      detail: 'there is a job queue vecoli-build-arm64 that is not part of the stack: the deployment fails',
      advice: 'choose another name: -c arm64Queue=NAME, or -c name=NAME for all',
    });
    expect(named(results, 'repository')[0]?.advice).toContain('-c existingRepository=true');
  });

  it('by our own stack is expected', async () => {
    const resources = new Set([
      ...['vecoli-build-arm64', 'vecoli-build-amd64'].map(queueArn),
      ...['vecoli', definition.arn],
    ]);
    const results = await diagnose({ ...taken, stack: async () => ({ value: stackOf({ resources }) }) });
    expect(faults(results)).toEqual([]);
    expect(named(results, 'repository')[0]?.detail).toBe('vecoli is part of the stack');
  });

  it('by a foreign stack of the same name is a problem', async () => {
    const resources = new Set(['vecoli-build-arm64', 'vecoli-build-amd64'].map(queueArn));
    const foreign = stackOf({ resources, description: 'Builds' });
    const results = await diagnose({ ...taken, stack: async () => ({ value: foreign }) });
    expect(named(results, 'queue arm64')).toMatchObject([{ status: 'problem' }]);
  });

  it('by an unknown owner is a warning', async () => {
    const results = await diagnose({ ...taken, stack: async () => failed('denied', 'cloudformation:DescribeStacks') });
    expect(named(results, 'queue arm64')).toMatchObject([
      { status: 'warning', detail: expect.stringContaining('whether it is part of the stack is unknown') },
    ]);
  });

  it('by a job definition of an earlier deployment is expected', async () => {
    const place = { path: '/opt/builder.sh' };
    const command = bootstrapCommand({ place, sha256: 'f'.repeat(64), contract: 1 });
    const results = await diagnose({ jobDefinition: async () => ({ value: { ...definition, command } }) });
    expect(named(results, 'job definition')).toMatchObject([
      { status: 'ok', detail: 'vecoli-dind-build:3 is of an earlier deployment: the deployment adds a revision' },
    ]);
  });

  it('is required of an existing repository', async () => {
    const context = { existingRepository: true };
    expect(named(await diagnose(taken, context), 'repository')).toMatchObject([{ status: 'ok' }]);
    expect(named(await diagnose({}, context), 'repository')).toMatchObject([
      { status: 'problem', detail: 'there is no repository vecoli, although existingRepository is set' },
    ]);
  });
});

it('warns of secrets that jobs could not read', async () => {
  const missing = await diagnose({ secret: async () => failed('not-found', 'secretsmanager:DescribeSecret') });
  expect(named(missing, 'secret')).toMatchObject([
    { status: 'warning', detail: 'there is no secret vecoli-github-pat in us-gov-west-1: jobs cannot read it' },
  ]);
  const deleted = await diagnose({
    secret: async (name) => ({ value: { arn: name, name, isBeingDeleted: true } }),
  });
  expect(named(deleted, 'secret')).toMatchObject([
    { status: 'warning', advice: expect.stringContaining('restore-secret') },
  ]);
});
