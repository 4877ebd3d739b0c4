import {
  BatchClient,
  DescribeComputeEnvironmentsCommand,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
} from '@aws-sdk/client-batch';
import { CloudFormationClient, DescribeStacksCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeAvailabilityZonesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mockFaults } from '../../../../lab/aws-model/checked-mock.ts';
import { definitionQuery } from '../sdk/definition-query.ts';
import { awsInspector } from './aws-inspector.ts';

/**
 * A stub for AWS inside the SDK's clients: responses in the shapes of the APIs' models, to the requests that are really
 * sent. It covers what an emulator lacks: routes of a stack, quotas, offerings of GovCloud.
 */
const clients = {
  batch: mockClient(BatchClient),
  ec2: mockClient(EC2Client),
  ecr: mockClient(ECRClient),
  formation: mockClient(CloudFormationClient),
  secrets: mockClient(SecretsManagerClient),
  quotas: mockClient(ServiceQuotasClient),
  sts: mockClient(STSClient),
};
const inspector = awsInspector({ region: 'us-gov-west-1' });
const arn = (rest: string) => `arn:aws-us-gov:batch:us-gov-west-1:123456789012:${rest}`;

beforeEach(() => {
  for (const client of Object.values(clients)) client.reset();
});

afterEach(async () => {
  expect(await mockFaults(...Object.values(clients))).toEqual([]);
});

afterAll(() => {
  for (const client of Object.values(clients)) client.restore();
});

it('returns the identity of the caller', async () => {
  clients.sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: '123456789012', Arn: 'arn:aws-us-gov:iam::123456789012:user/ada', UserId: 'AIDA' });
  expect(await inspector.identity()).toEqual({
    value: { account: '123456789012', arn: 'arn:aws-us-gov:iam::123456789012:user/ada' },
  });
});

describe('of a queue', () => {
  it('returns its state, and its compute environments in order', async () => {
    clients.batch.on(DescribeJobQueuesCommand, { jobQueues: ['q'] }).resolves({
      jobQueues: [
        {
          jobQueueName: 'q',
          jobQueueArn: arn('job-queue/q'),
          state: 'ENABLED',
          status: 'INVALID',
          statusReason: 'no role',
          priority: 1,
          computeEnvironmentOrder: [
            { order: 2, computeEnvironment: 'second' },
            { order: 1, computeEnvironment: 'first' },
          ],
        },
      ],
    });
    expect(await inspector.queue('q')).toEqual({
      value: {
        name: 'q',
        arn: arn('job-queue/q'),
        state: 'ENABLED',
        status: 'INVALID',
        statusReason: 'no role',
        computeEnvironments: ['first', 'second'],
      },
    });
  });

  it('returns undefined if there is none', async () => {
    clients.batch.on(DescribeJobQueuesCommand).resolves({ jobQueues: [] });
    expect(await inspector.queue('q')).toEqual({ value: undefined });
  });

  it('reports a denied request', async () => {
    const denied = Object.assign(new Error('User: x is not authorized'), { name: 'AccessDeniedException' });
    clients.batch.on(DescribeJobQueuesCommand).rejects(denied);
    expect(await inspector.queue('q')).toEqual({
      failure: { kind: 'denied', action: 'batch:DescribeJobQueues', reason: 'User: x is not authorized' },
    });
  });
});

it('returns compute environments, including unmanaged ones', async () => {
  clients.batch.on(DescribeComputeEnvironmentsCommand, { computeEnvironments: ['a', 'b'] }).resolves({
    computeEnvironments: [
      {
        computeEnvironmentName: 'a',
        computeEnvironmentArn: arn('compute-environment/a'),
        type: 'MANAGED',
        state: 'ENABLED',
        status: 'VALID',
        computeResources: { type: 'EC2', maxvCpus: 16, instanceTypes: ['m8g.xlarge'], subnets: ['subnet-1'] },
      },
      { computeEnvironmentName: 'b', computeEnvironmentArn: arn('compute-environment/b'), type: 'UNMANAGED' },
    ],
  });
  const answer = await inspector.computeEnvironments(['a', 'b']);
  expect(answer).toMatchObject({
    value: [
      { name: 'a', resource: 'EC2', maxVcpus: 16, instanceTypes: ['m8g.xlarge'], subnets: ['subnet-1'] },
      { name: 'b', resource: undefined, maxVcpus: 0, instanceTypes: [], subnets: [] },
    ],
  });
});

describe('of a job definition', () => {
  it('returns the latest revision of all pages', async () => {
    const revision = (number: number) => ({
      jobDefinitionName: 'd',
      jobDefinitionArn: arn(`job-definition/d:${number}`),
      revision: number,
      status: 'ACTIVE',
      type: 'container',
      timeout: { attemptDurationSeconds: 10_800 },
      containerProperties: {
        image: 'docker:cli',
        command: ['sh', '-c', 'script'],
        user: 'root',
        volumes: [{ name: 'socket', host: { sourcePath: '/var/run/docker.sock' } }],
        mountPoints: [{ sourceVolume: 'socket', containerPath: '/var/run/docker.sock' }],
        environment: [{ name: 'A', value: 'b' }],
        resourceRequirements: [
          { type: 'VCPU' as const, value: '4' },
          { type: 'MEMORY' as const, value: '7000' },
        ],
      },
    });
    const query = { jobDefinitionName: 'd', status: 'ACTIVE' };
    clients.batch.on(DescribeJobDefinitionsCommand, query).resolves({ jobDefinitions: [revision(9)], nextToken: 't' });
    clients.batch
      .on(DescribeJobDefinitionsCommand, { ...query, nextToken: 't' })
      .resolves({ jobDefinitions: [revision(10)] });
    expect(await inspector.jobDefinition('d')).toEqual({
      value: {
        arn: arn('job-definition/d:10'),
        name: 'd',
        revision: 10,
        status: 'ACTIVE',
        image: 'docker:cli',
        command: ['sh', '-c', 'script'],
        privileged: false,
        user: 'root',
        mounts: [{ hostPath: '/var/run/docker.sock', containerPath: '/var/run/docker.sock' }],
        environment: new Map([['A', 'b']]),
        vcpus: 4,
        memory: 7000,
        timeoutSeconds: 10_800,
      },
    });
  });

  it('queries by id only if a revision is named', () => {
    const byName = { jobDefinitionName: 'd', status: 'ACTIVE' };
    expect(definitionQuery('d')).toEqual(byName);
    expect(definitionQuery(arn('job-definition/d'))).toEqual(byName);
    expect(definitionQuery('d:3')).toEqual({ jobDefinitions: ['d:3'] });
    expect(definitionQuery(arn('job-definition/d:3'))).toEqual({ jobDefinitions: [arn('job-definition/d:3')] });
  });

  it('returns undefined if there is no such definition', async () => {
    clients.batch.on(DescribeJobDefinitionsCommand).resolves({ jobDefinitions: [] });
    expect(await inspector.jobDefinition('d')).toEqual({ value: undefined });
  });
});

it('describes a secret without reading it', async () => {
  clients.secrets.on(DescribeSecretCommand, { SecretId: 's' }).resolves({
    ARN: 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:s-AbCdEf',
    Name: 's',
    DeletedDate: new Date(),
  });
  expect(await inspector.secret('s')).toEqual({
    value: {
      arn: 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:s-AbCdEf',
      name: 's',
      isBeingDeleted: true,
    },
  });
  expect(clients.secrets.calls().map(({ args: [command] }) => command.constructor.name)).toEqual([
    'DescribeSecretCommand',
  ]);
});

it('returns which tags of a repository may move', async () => {
  clients.ecr.on(DescribeRepositoriesCommand, { repositoryNames: ['vecoli'] }).resolves({
    repositories: [
      {
        repositoryArn: 'arn:r',
        repositoryUri: 'host/r',
        imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
        imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'cache-*' }],
      },
    ],
  });
  expect(await inspector.repository('vecoli')).toEqual({
    value: {
      arn: 'arn:r',
      uri: 'host/r',
      tags: { setting: 'IMMUTABLE_WITH_EXCLUSION', exclusions: ['cache-*'] },
    },
  });
});

it('returns the offered instance types and their details; a family matches all its sizes', async () => {
  const Filters = [{ Name: 'instance-type', Values: ['m8g.xlarge', 'c8g.*'] }];
  clients.ec2.on(DescribeInstanceTypeOfferingsCommand, { LocationType: 'region', Filters }).resolves({
    InstanceTypeOfferings: [{ InstanceType: 'm8g.xlarge', LocationType: 'region', Location: 'us-gov-west-1' }],
  });
  clients.ec2.on(DescribeInstanceTypesCommand, { Filters }).resolves({
    InstanceTypes: [
      {
        InstanceType: 'm8g.xlarge',
        ProcessorInfo: { SupportedArchitectures: ['arm64'] },
        VCpuInfo: { DefaultVCpus: 4 },
        MemoryInfo: { SizeInMiB: 16_384 },
      },
    ],
  });
  expect(await inspector.offeredTypes(['m8g.xlarge', 'c8g'])).toEqual({ value: new Set(['m8g.xlarge']) });
  expect(await inspector.instanceTypes(['m8g.xlarge', 'c8g'])).toEqual({
    value: [{ name: 'm8g.xlarge', platforms: ['linux/arm64'], vcpus: 4, memory: 16_384 }],
  });
});

it('returns the zones that offer each type, and the zones of the account', async () => {
  const Filters = [{ Name: 'instance-type', Values: ['m8g.xlarge', 'c8g.*'] }];
  const offering = (InstanceType: 'm8g.xlarge' | 'c8g.large', Location: string) => ({
    InstanceType,
    LocationType: 'availability-zone' as const,
    Location,
  });
  clients.ec2.on(DescribeInstanceTypeOfferingsCommand, { LocationType: 'availability-zone', Filters }).resolves({
    InstanceTypeOfferings: [
      offering('m8g.xlarge', 'us-gov-west-1b'),
      offering('c8g.large', 'us-gov-west-1c'),
      offering('m8g.xlarge', 'us-gov-west-1a'),
    ],
  });
  expect(await inspector.typeZones(['m8g.xlarge', 'c8g'])).toEqual({
    value: new Map([
      ['m8g.xlarge', ['us-gov-west-1a', 'us-gov-west-1b']],
      ['c8g.large', ['us-gov-west-1c']],
    ]),
  });
  clients.ec2
    .on(DescribeAvailabilityZonesCommand, { Filters: [{ Name: 'zone-type', Values: ['availability-zone'] }] })
    .resolves({ AvailabilityZones: [{ ZoneName: 'us-gov-west-1a' }, { ZoneName: 'us-gov-west-1b' }] });
  expect(await inspector.zones()).toEqual({ value: ['us-gov-west-1a', 'us-gov-west-1b'] });
});

describe('of a stack', () => {
  it('returns its state and all pages of its resources', async () => {
    const CreationTime = new Date(0);
    const resource = (LogicalResourceId: string, PhysicalResourceId: string) => ({
      LogicalResourceId,
      PhysicalResourceId,
      ResourceType: 'AWS::ECR::Repository',
      LastUpdatedTimestamp: CreationTime,
      ResourceStatus: 'CREATE_COMPLETE' as const,
    });
    const StackStatus = 'CREATE_COMPLETE' as const;
    clients.formation
      .on(DescribeStacksCommand, { StackName: 'builds' })
      .resolves({ Stacks: [{ StackName: 'builds', StackStatus, CreationTime, Description: 'Twinhull: images' }] });
    clients.formation
      .on(ListStackResourcesCommand)
      .resolvesOnce({ StackResourceSummaries: [resource('A', 'vecoli')], NextToken: 'more' })
      .resolvesOnce({ StackResourceSummaries: [resource('B', 'other')] });
    expect(await inspector.stack('builds')).toEqual({
      value: {
        name: 'builds',
        status: 'CREATE_COMPLETE',
        description: 'Twinhull: images',
        resources: new Set(['vecoli', 'other']),
      },
    });
  });

  it('returns undefined if there is none, and the failed request otherwise', async () => {
    const error = (name: string, message: string) => Object.assign(new Error(message), { name });
    clients.formation.on(DescribeStacksCommand).rejects(error('ValidationError', 'Stack with id x does not exist'));
    expect(await inspector.stack('x')).toEqual({ value: undefined });
    clients.formation.on(DescribeStacksCommand).rejects(error('AccessDenied', 'not authorized'));
    expect(await inspector.stack('x')).toEqual({
      failure: { kind: 'denied', action: 'cloudformation:DescribeStacks', reason: 'not authorized' },
    });
  });
});

it('returns the quota', async () => {
  clients.quotas
    .on(GetServiceQuotaCommand, { ServiceCode: 'ec2', QuotaCode: 'L-1216C47A' })
    .resolves({ Quota: { Value: 64 } });
  expect(await inspector.vcpuQuota('L-1216C47A')).toEqual({ value: 64 });
});

it('returns the default routes of subnets, from their own route table or the main one of their VPC', async () => {
  clients.ec2.on(DescribeSubnetsCommand, { SubnetIds: ['own', 'main', 'lost', 'core'] }).resolves({
    Subnets: [
      { SubnetId: 'own', VpcId: 'vpc-1', MapPublicIpOnLaunch: true },
      { SubnetId: 'main', VpcId: 'vpc-1' },
      { SubnetId: 'lost', VpcId: 'vpc-2' },
      { SubnetId: 'core', VpcId: 'vpc-3' },
    ],
  });
  const everywhere = '0.0.0.0/0';
  clients.ec2.on(DescribeRouteTablesCommand).resolves({
    RouteTables: [
      {
        VpcId: 'vpc-1',
        Associations: [{ Main: true }],
        Routes: [
          { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' },
          { DestinationCidrBlock: everywhere, NatGatewayId: 'nat-1', State: 'active' },
        ],
      },
      {
        VpcId: 'vpc-1',
        Associations: [{ Main: false, SubnetId: 'own' }],
        Routes: [{ DestinationCidrBlock: everywhere, GatewayId: 'igw-1', State: 'active' }],
      },
      {
        VpcId: 'vpc-2',
        Associations: [{ Main: true }],
        Routes: [{ DestinationCidrBlock: everywhere, NatGatewayId: 'nat-gone', State: 'blackhole' }],
      },
      {
        VpcId: 'vpc-3',
        Associations: [{ Main: true }],
        Routes: [{ DestinationCidrBlock: everywhere, CoreNetworkArn: 'arn:aws:networkmanager::1:core-network/1' }],
      },
    ],
  });
  clients.ec2.on(DescribeVpcEndpointsCommand).resolves({
    VpcEndpoints: [
      { ServiceName: 'com.amazonaws.us-gov-west-1.ecr.dkr', State: 'Available' },
      { ServiceName: 'com.amazonaws.us-gov-west-1.logs', State: 'Deleting' },
    ],
  });
  expect(await inspector.network(['own', 'main', 'lost', 'core'])).toEqual({
    value: {
      subnets: [
        { id: 'own', vpc: 'vpc-1', defaultRoute: 'igw-1', givesPublicAddress: true },
        { id: 'main', vpc: 'vpc-1', defaultRoute: 'nat-1', givesPublicAddress: false },
        { id: 'lost', vpc: 'vpc-2', defaultRoute: undefined, givesPublicAddress: false },
        { id: 'core', vpc: 'vpc-3', defaultRoute: 'other', givesPublicAddress: false },
      ],
      endpoints: new Set(['ecr.dkr']),
    },
  });
});

it('names the one request of several that was denied', async () => {
  clients.ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [{ SubnetId: 'a', VpcId: 'vpc-1' }] });
  clients.ec2.on(DescribeRouteTablesCommand).rejects(Object.assign(new Error('no'), { name: 'UnauthorizedOperation' }));
  expect(await inspector.network(['a'])).toMatchObject({
    failure: { kind: 'denied', action: 'ec2:DescribeRouteTables' },
  });
});

it('reports a response that does not match the shape of the API', async () => {
  clients.sts.on(GetCallerIdentityCommand).resolves({});
  expect(await inspector.identity()).toMatchObject({ failure: { kind: 'refused', action: 'sts:GetCallerIdentity' } });
});
