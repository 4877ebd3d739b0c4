import type { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { allowed, propertiesOf } from '../test/synthesized.ts';
import { testApp } from '../test/test-app.ts';
import { BuildBatchStack } from './build-batch-stack.ts';
import { readDeployment } from './deployment.ts';

const stackOf = (context: Readonly<Record<string, unknown>> = {}): Stack =>
  new BuildBatchStack(testApp(), readDeployment(context), 'echo built\n');
const templateOf = (context: Readonly<Record<string, unknown>>) => Template.fromStack(stackOf(context));
const standard = Template.fromStack(stackOf());

const oidcProvider =
  'arn:aws-us-gov:iam::123456789012:oidc-provider/oidc.eks.us-gov-west-1.amazonaws.com/id/0123456789';

describe('outputs', () => {
  const outputs = (template: Template) =>
    Object.fromEntries(
      Object.entries(template.toJSON()['Outputs'] as Record<string, { Value: unknown }>).map(([name, { Value }]) => [
        name,
        Value,
      ]),
    );

  it('are the settings of Twinhull, and what else operators ask for', () => {
    expect(outputs(standard)).toEqual({
      BuildArm64Queue: 'vecoli-build-arm64',
      BuildAmd64Queue: 'vecoli-build-amd64',
      BuildJobDefinition: 'vecoli-dind-build',
      BuildGitSecretArn: 'vecoli-github-pat',
      EcrRepository: { Ref: expect.stringContaining('PipelineRepository') },
      BatchRegion: 'us-gov-west-1',
      BuildEventsQueueUrl: { Ref: expect.stringContaining('PipelineEventsQueue') },
      OrchestratorPolicyArn: { Ref: expect.stringContaining('PipelineOrchestratorPolicy') },
    });
  });

  it('follow what was chosen', () => {
    const arn = 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:pat-AbCdEf';
    const template = templateOf({
      region: 'us-gov-east-1',
      arm64Queue: 'a',
      amd64Queue: 'b',
      jobDefinition: 'c',
      gitSecret: arn,
      repository: 'd',
      existingRepository: 'true',
      orchestratorPrincipal: 'arn:aws-us-gov:iam::123456789012:root',
    });
    expect(outputs(template)).toMatchObject({
      BuildArm64Queue: 'a',
      BuildAmd64Queue: 'b',
      BuildJobDefinition: 'c',
      BuildGitSecretArn: arn,
      EcrRepository: 'd',
      BatchRegion: 'us-gov-east-1',
      OrchestratorRoleArn: { 'Fn::GetAtt': [expect.stringContaining('OrchestratorRole'), 'Arn'] },
    });
    template.resourceCountIs('AWS::ECR::Repository', 0);
  });
});

describe('what a deployment chooses', () => {
  it('reaches the hosts', () => {
    const template = templateOf({
      arm64InstanceTypes: 'm7g.xlarge,c7g.xlarge',
      amd64InstanceTypes: 'm6i.xlarge',
      maxVcpus: '8',
      rootVolumeGiB: '200',
      hostCommands: '["touch /tmp/x"]',
      batchServiceRole: 'own',
    });
    expect(propertiesOf(template, 'AWS::Batch::ComputeEnvironment', 'Arm64')).toMatchObject({
      ServiceRole: expect.anything(),
      ComputeResources: { InstanceTypes: ['m7g.xlarge', 'c7g.xlarge'], MaxvCpus: 8 },
    });
    expect(propertiesOf(template, 'AWS::Batch::ComputeEnvironment', 'Amd64')).toMatchObject({
      ComputeResources: { InstanceTypes: ['m6i.xlarge'], MaxvCpus: 8 },
    });
    const launch = JSON.stringify(propertiesOf(template, 'AWS::EC2::LaunchTemplate'));
    expect(launch).toContain('"VolumeSize":200');
    expect(launch).toContain('touch /tmp/x');
  });

  it('reaches the job', () => {
    const template = templateOf({
      builderImage: 'builder:1',
      builderEnvironment: '{"A":"1"}',
      builderMounts: '[{"source":"/etc/hosts"}]',
      timeoutMinutes: '90',
      attempts: '2',
      logGroup: '/aws/batch/job',
      gitSecret: 'pat',
      buildSecrets: 'npm,pip',
    });
    expect(propertiesOf(template, 'AWS::Batch::JobDefinition')).toMatchObject({
      Timeout: { AttemptDurationSeconds: 5400 },
      RetryStrategy: { Attempts: 2 },
      ContainerProperties: {
        Image: 'builder:1',
        Environment: [{ Name: 'A', Value: '1' }],
        MountPoints: [{ ContainerPath: '/var/run/docker.sock' }, { ContainerPath: '/etc/hosts', ReadOnly: true }],
      },
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: '/aws/batch/job' });
    const secrets = allowed(template, 'PipelineJobJobRole').get('secretsmanager:GetSecretValue')?.join();
    expect(secrets).toMatch(/:pat-\?{6},.*:npm-\?{6},.*:pip-\?{6}/);
  });

  it('reaches the network and the roles', () => {
    const own = templateOf({
      cidr: '10.1.0.0/16',
      availabilityZones: 'us-gov-west-1a,us-gov-west-1b',
      natGateways: '1',
    });
    own.hasResourceProperties('AWS::EC2::VPC', { CidrBlock: '10.1.0.0/16' });
    own.resourceCountIs('AWS::EC2::NatGateway', 1);
    own.resourceCountIs('AWS::EC2::Subnet', 4);
    const given = templateOf({
      vpcId: 'vpc-0123456789abcdef0',
      subnetIds: 'subnet-0123456789abcdef0',
      permissionsBoundary: 'limits',
    });
    given.resourceCountIs('AWS::EC2::VPC', 0);
    expect(propertiesOf(given, 'AWS::Batch::ComputeEnvironment', 'Arm64')).toMatchObject({
      ComputeResources: { Subnets: ['subnet-0123456789abcdef0'] },
    });
    given.allResourcesProperties('AWS::IAM::Role', { PermissionsBoundary: Match.anyValue() });
  });

  it('reaches the service account that may take the orchestrator’s role', () => {
    const trust = (context: Readonly<Record<string, unknown>>): string =>
      JSON.stringify(propertiesOf(templateOf(context), 'AWS::IAM::Role', 'OrchestratorRole'));
    expect(trust({ oidcProvider })).toContain('"system:serviceaccount:twinhull:twinhull"');
    expect(trust({ oidcProvider, serviceAccount: 'builds/sms-api' })).toContain(
      '"system:serviceaccount:builds:sms-api"',
    );
    expect(() => stackOf({ serviceAccount: 'builds/sms-api' })).toThrow('the prop serviceAccount is "builds/sms-api"');
    expect(() => stackOf({ oidcProvider, serviceAccount: 'sms-api' })).toThrow('it is not namespace/name');
  });

  it('must name subnets with a VPC', () => {
    expect(() => stackOf({ vpcId: 'vpc-0123456789abcdef0' })).toThrow('the prop network.subnets is []');
  });

  it('asks for a bootstrapped account, unless told not to', () => {
    expect(standard.toJSON()['Rules']).toHaveProperty('CheckBootstrapVersion');
    expect(templateOf({ bootstrapped: 'false' }).toJSON()).not.toHaveProperty('Rules');
  });
});

describe('cdk-nag', () => {
  /** cdk-nag's findings that no reason was given for, by construct. */
  function findings(stack: Stack): readonly string[] {
    const { violations } = new AwsSolutionsChecks(stack.node.root).validateScope(stack.node.root);
    return violations.map(({ ruleName }) => ruleName);
  }

  it.each([
    {},
    { batchServiceRole: 'own' },
    { natGateways: '1' },
    { builderImage: '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/builder:1', buildSecrets: 'npm' },
    { existingRepository: 'true', orchestratorPrincipal: 'arn:aws-us-gov:iam::123456789012:root' },
    { oidcProvider, serviceAccount: 'builds/sms-api' },
    { gitSecret: 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:pat-AbCdEf' },
  ])('finds nothing that is not explained: %j', (context) => {
    expect(findings(stackOf(context))).toEqual([]);
  });

  it('does look: it finds a queue that takes messages without TLS', () => {
    const stack = stackOf();
    new CfnQueue(stack, 'Open');
    expect(findings(stack).join()).toContain('AwsSolutions-SQS4');
  });
});
