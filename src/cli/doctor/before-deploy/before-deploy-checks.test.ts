import { describe, expect, it } from 'vitest';
import {
  account,
  diagnose,
  failed,
  faults,
  named,
  offers,
  region,
  stackOf,
  zones,
} from '../../../../test/helpers/empty-account.ts';
import type { StackFacts } from '../../../adapters/aws/inspect/facts.ts';
import type { AwsFailureKind } from '../../../adapters/aws/sdk/aws-errors.ts';

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
