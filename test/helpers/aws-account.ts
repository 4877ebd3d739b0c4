import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  RegisterJobDefinitionCommand,
} from '@aws-sdk/client-batch';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { bootstrapCommand } from '../../src/builder/bootstrap.ts';
import { contractVersion } from '../../src/builder/contract.ts';
import { builderScript, scriptDigest } from '../../src/builder/script.ts';

export const accountSettings = {
  BUILD_ARM64_QUEUE: 'build-arm64',
  BUILD_AMD64_QUEUE: 'build-amd64',
  BUILD_JOB_DEFINITION: 'builder',
  BUILD_GIT_SECRET_ARN: 'git-token',
  ECR_REPOSITORY: 'vecoli',
} as const;

const instanceTypes = { arm64: ['m8g.xlarge', 'c8g.xlarge'], amd64: ['m7i.xlarge', 'c7i.xlarge'] } as const;

/** Clients of an emulator. */
export function accountClients(region: string, endpoint: string) {
  const options = { region, endpoint, credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' } };
  return {
    batch: new BatchClient(options),
    ec2: new EC2Client(options),
    ecr: new ECRClient(options),
    formation: new CloudFormationClient(options),
    secrets: new SecretsManagerClient(options),
  };
}

export type AccountClients = ReturnType<typeof accountClients>;

/** Everything that builds need, as the CDK stack creates it, in an account of an emulator. */
export async function furnishAccount(clients: AccountClients): Promise<void> {
  await makeRoles(clients);
  const subnets = await openSubnets(clients);
  const { SecurityGroups = [] } = await clients.ec2.send(new DescribeSecurityGroupsCommand({}));
  const hosts = { subnets, securityGroupIds: SecurityGroups.flatMap(({ GroupId }) => GroupId ?? []) };
  for (const suffix of ['arm64', 'amd64'] as const) await makeQueue(clients, suffix, hosts);
  await defineBuilder(clients, accountSettings.BUILD_JOB_DEFINITION, 'docker:cli');
  await clients.secrets.send(
    new CreateSecretCommand({ Name: accountSettings.BUILD_GIT_SECRET_ARN, SecretString: 'never to be read' }),
  );
  await clients.ecr.send(
    new CreateRepositoryCommand({
      repositoryName: accountSettings.ECR_REPOSITORY,
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: ['staging-*', 'cache-*', 'latest'].map((filter) => ({
        filterType: 'WILDCARD',
        filter,
      })),
    }),
  );
}

/** Registers a job definition that starts this version's builder in that image. */
export async function defineBuilder({ batch }: AccountClients, name: string, image: string): Promise<void> {
  await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: name,
      type: 'container',
      containerProperties: {
        image,
        command: [
          ...bootstrapCommand({
            place: { path: '/opt/builder.sh' },
            sha256: scriptDigest(await builderScript()),
            contract: contractVersion,
          }),
        ],
        user: 'root',
        volumes: [{ name: 'socket', host: { sourcePath: '/var/run/docker.sock' } }],
        mountPoints: [{ sourceVolume: 'socket', containerPath: '/run/docker.sock', readOnly: false }],
        resourceRequirements: [
          { type: 'VCPU', value: '4' },
          { type: 'MEMORY', value: '7000' },
        ],
      },
    }),
  );
}

async function makeRoles({ formation }: AccountClients): Promise<void> {
  const assumed = { Statement: [{ Effect: 'Allow', Principal: { Service: 'batch' }, Action: 'sts:AssumeRole' }] };
  const role = (RoleName: string) => ({
    Type: 'AWS::IAM::Role',
    Properties: { RoleName, AssumeRolePolicyDocument: { Version: '2012-10-17', ...assumed } },
  });
  const Resources = {
    Service: role('batch-service'),
    Host: role('build-host'),
    Profile: {
      Type: 'AWS::IAM::InstanceProfile',
      Properties: { InstanceProfileName: 'build-host', Roles: [{ Ref: 'Host' }] },
    },
  };
  const StackName = 'roles';
  await formation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }) }));
  await waitUntilStackCreateComplete({ client: formation, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName });
}

/** The default VPC's subnets, with a route to the internet, which the emulator does not create. */
async function openSubnets({ ec2 }: AccountClients): Promise<string[]> {
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  const VpcId = Subnets[0]?.VpcId;
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const InternetGatewayId = InternetGateway?.InternetGatewayId;
  await ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId }));
  const tables = await ec2.send(
    new DescribeRouteTablesCommand({
      Filters: [
        { Name: 'vpc-id', Values: [VpcId ?? ''] },
        { Name: 'association.main', Values: ['true'] },
      ],
    }),
  );
  const RouteTableId = tables.RouteTables?.[0]?.RouteTableId;
  await ec2.send(
    new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId }),
  );
  return Subnets.flatMap(({ SubnetId }) => SubnetId ?? []);
}

async function makeQueue(
  { batch }: AccountClients,
  suffix: 'arm64' | 'amd64',
  hosts: { subnets: string[]; securityGroupIds: string[] },
): Promise<void> {
  const name = `build-${suffix}`;
  await batch.send(
    new CreateComputeEnvironmentCommand({
      computeEnvironmentName: name,
      type: 'MANAGED',
      state: 'ENABLED',
      serviceRole: 'arn:aws:iam::123456789012:role/batch-service',
      computeResources: {
        type: 'EC2',
        minvCpus: 0,
        maxvCpus: 16,
        instanceTypes: [...instanceTypes[suffix]],
        instanceRole: 'arn:aws:iam::123456789012:instance-profile/build-host',
        ...hosts,
      },
    }),
  );
  await batch.send(
    new CreateJobQueueCommand({
      jobQueueName: name,
      state: 'ENABLED',
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: name }],
    }),
  );
}
