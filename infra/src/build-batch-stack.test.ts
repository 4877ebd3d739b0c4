import type { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { mostRequestBytes } from '../../lab/aws-model/documented.ts';
import { readDeployment } from '../../src/settings/deployment.ts';
import { allowed, propertiesOf } from '../test/synthesized.ts';
import { testApp } from '../test/test-app.ts';
import { BuildBatchStack } from './build-batch-stack.ts';

const stackOf = (context: Readonly<Record<string, unknown>> = {}): Stack =>
  new BuildBatchStack(testApp(), readDeployment(context), 'echo built\n');
const templateOf = (context: Readonly<Record<string, unknown>>) => Template.fromStack(stackOf(context));
const standard = Template.fromStack(stackOf());

const oidcProvider =
  'arn:aws-us-gov:iam::123456789012:oidc-provider/oidc.eks.us-gov-west-1.amazonaws.com/id/0123456789';

const encryptionKey = 'arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/00000000-1111-2222-3333-444444444444';

describe('outputs', () => {
  const outputs = (template: Template) =>
    Object.fromEntries(
      Object.entries(template.toJSON()['Outputs'] as Record<string, { Value: unknown }>).map(([name, { Value }]) => [
        name,
        Value,
      ]),
    );

  it('are the settings of Twinhull and the values that operators need', () => {
    expect(outputs(standard)).toEqual({
      BuildArm64Queue: 'vecoli-build-arm64',
      BuildAmd64Queue: 'vecoli-build-amd64',
      BuildJobDefinition: 'vecoli-dind-build',
      BuildTimeoutSeconds: '10800',
      BuildGitSecretArn: 'vecoli-github-pat',
      BuildGitHost: 'github.com',
      EcrRepository: { Ref: expect.stringContaining('PipelineRepository') },
      BatchRegion: 'us-gov-west-1',
      BuildEventsQueueUrl: { Ref: expect.stringContaining('PipelineEventsQueue') },
      OrchestratorPolicyArn: { Ref: expect.stringContaining('PipelineOrchestratorPolicy') },
      JobRoleArn: { 'Fn::GetAtt': [expect.stringContaining('PipelineJobJobRole'), 'Arn'] },
    });
  });

  it('follow the context', () => {
    const arn = 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:pat-AbCdEf';
    const template = templateOf({
      region: 'us-gov-east-1',
      arm64Queue: 'a',
      amd64Queue: 'b',
      jobDefinition: 'c',
      timeoutMinutes: '90',
      gitSecret: arn,
      gitHost: 'git.example:8443/team',
      repository: 'd',
      existingRepository: 'true',
      orchestratorPrincipal: 'arn:aws-us-gov:iam::123456789012:root',
    });
    expect(outputs(template)).toMatchObject({
      BuildArm64Queue: 'a',
      BuildAmd64Queue: 'b',
      BuildJobDefinition: 'c',
      BuildTimeoutSeconds: '5400',
      BuildGitSecretArn: arn,
      BuildGitHost: 'git.example:8443/team',
      EcrRepository: 'd',
      BatchRegion: 'us-gov-east-1',
      OrchestratorRoleArn: { 'Fn::GetAtt': [expect.stringContaining('OrchestratorRole'), 'Arn'] },
    });
    template.resourceCountIs('AWS::ECR::Repository', 0);
  });
});

describe('the context', () => {
  it('configures the hosts', () => {
    const template = templateOf({
      arm64InstanceTypes: 'm7g.xlarge,c7g.xlarge',
      amd64InstanceTypes: 'm6i.xlarge',
      maxVcpus: '8',
      rootVolumeGiB: '200',
      scaleDownMinutes: '30',
      hostCommands: '["touch /tmp/x"]',
      batchServiceRole: 'own',
    });
    expect(propertiesOf(template, 'AWS::Batch::ComputeEnvironment', 'Arm64')).toMatchObject({
      ServiceRole: expect.anything(),
      ComputeResources: {
        InstanceTypes: ['m7g.xlarge', 'c7g.xlarge'],
        MaxvCpus: 8,
        ScalingPolicy: { MinScaleDownDelayMinutes: 30 },
      },
    });
    expect(propertiesOf(template, 'AWS::Batch::ComputeEnvironment', 'Amd64')).toMatchObject({
      ComputeResources: { InstanceTypes: ['m6i.xlarge'], MaxvCpus: 8 },
    });
    const launch = JSON.stringify(propertiesOf(template, 'AWS::EC2::LaunchTemplate'));
    expect(launch).toContain('"VolumeSize":200');
    expect(launch).toContain('touch /tmp/x');
  });

  it('configures the job', () => {
    const template = templateOf({
      builderImage: 'builder:1',
      builderEnvironment: '{"A":"1"}',
      buildFolder: '/mnt/builds',
      builderMounts: '[{"source":"/etc/hosts"}]',
      timeoutMinutes: '90',
      attempts: '2',
      logGroup: '/aws/batch/job',
      gitSecret: 'pat',
      gitHost: 'git.example',
      buildSecrets: 'npm,pip',
    });
    expect(propertiesOf(template, 'AWS::Batch::JobDefinition')).toMatchObject({
      Timeout: { AttemptDurationSeconds: 5400 },
      RetryStrategy: { Attempts: 2 },
      ContainerProperties: {
        Image: 'builder:1',
        Environment: [
          { Name: 'TWINHULL_GIT_SECRET_HOST', Value: 'git.example' },
          { Name: 'TWINHULL_DEDICATED_HOST', Value: '1' },
          { Name: 'TWINHULL_SHARED_FOLDER', Value: '/mnt/builds' },
          { Name: 'A', Value: '1' },
        ],
        MountPoints: [
          { ContainerPath: '/run/docker.sock' },
          { ContainerPath: '/mnt/builds', ReadOnly: false },
          { ContainerPath: '/etc/hosts', ReadOnly: true },
        ],
      },
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: '/aws/batch/job' });
    const secrets = allowed(template, 'PipelineJobJobRole').get('secretsmanager:GetSecretValue')?.join();
    expect(secrets).toMatch(/:pat-\?{6},.*:npm-\?{6},.*:pip-\?{6}/);
  });

  it('renames every resource with `name` alone', () => {
    const text = JSON.stringify(templateOf({ name: 'acme' }).toJSON());
    expect(text).not.toMatch(/vecoli|smsvpctest/);
    expect(new Set(text.match(/"(?:\/twinhull\/)?acme[a-z0-9-]*"/g))).toEqual(
      new Set([
        '"acme"',
        '"acme-build"',
        '"acme-build-amd64"',
        '"acme-build-arm64"',
        '"acme-git-token"',
        '"/twinhull/acme-build"',
      ]),
    );
    expect(stackOf({ name: 'acme' }).stackName).toBe('acme-build-batch');
  });

  it('configures the network and the roles', () => {
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

  it('applies a customer-managed key everywhere, and lets jobs decrypt only secrets', () => {
    const template = templateOf({ encryptionKey });
    expect(propertiesOf(template, 'AWS::ECR::Repository')).toMatchObject({
      EncryptionConfiguration: { EncryptionType: 'KMS', KmsKey: encryptionKey },
    });
    expect(JSON.stringify(propertiesOf(template, 'AWS::EC2::LaunchTemplate'))).toContain(encryptionKey);
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: encryptionKey });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'kms:Decrypt',
            Resource: encryptionKey,
            Condition: { StringEquals: { 'kms:ViaService': Match.anyValue() } },
          }),
        ]),
      },
    });
    expect(allowed(templateOf({}), 'PipelineJobJobRole').has('kms:Decrypt')).toBe(false);
  });

  it('sets the service account that may assume the orchestrator’s role', () => {
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

  it('requires a bootstrapped account by default', () => {
    expect(standard.toJSON()['Rules']).toHaveProperty('CheckBootstrapVersion');
    const context = { bootstrapped: 'false', scriptBucket: 'scripts' };
    expect(templateOf(context).toJSON()).not.toHaveProperty('Rules');
  });

  it('must name a location for the builder script where the account is not bootstrapped', () => {
    expect(() => stackOf({ bootstrapped: 'false' })).toThrow('the prop scriptBucket is undefined');
    expect(() => stackOf({ bootstrapped: 'false', scriptPath: '/opt/builder.sh' })).not.toThrow();
  });
});

it('fits the limits of CloudFormation and Batch with every option that adds to the template', () => {
  const context = {
    name: 'a'.repeat(40),
    natGateways: '3',
    arm64ImageId: 'ami-0123456789abcdef0',
    amd64ImageId: 'ami-0123456789abcdef1',
    scaleDownMinutes: '60',
    rootVolumeThroughput: '1000',
    warmHours: JSON.stringify([{ from: 8, to: 18, vcpus: 4 }]),
    hostCommands: JSON.stringify([
      'echo \'{"registry-mirrors":["https://mirror.example.com"]}\' >/etc/docker/daemon.json',
    ]),
    batchServiceRole: 'own',
    builderImage: '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/builder:1',
    builderEnvironment: JSON.stringify({ HTTPS_PROXY: 'http://proxy.example.com:3128', AWS_USE_FIPS_ENDPOINT: 'true' }),
    builderMounts: JSON.stringify([{ source: '/etc/ssl/certs', target: '/etc/ssl/certs', readOnly: true }]),
    buildSecrets: Array.from({ length: 20 }, (_, index) => `secret-${index}`).join(','),
    orchestratorPrincipal: 'arn:aws-us-gov:iam::123456789012:root',
    permissionsBoundary: 'limits',
    encryptionKey,
  };
  const template = templateOf(context);
  const text = JSON.stringify(template.toJSON());
  expect(text.length).toBeGreaterThan(JSON.stringify(standard.toJSON()).length);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(51_200);
  const definition = JSON.stringify(propertiesOf(template, 'AWS::Batch::JobDefinition'));
  expect(Buffer.byteLength(definition)).toBeLessThanOrEqual(mostRequestBytes.RegisterJobDefinition);
});

describe('cdk-nag', () => {
  /** cdk-nag's findings without a stated reason, by construct. */
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
    { encryptionKey, permissionsBoundary: 'limits', natGateways: '1', scaleDownMinutes: '60' },
    { name: 'acme' },
    { warmHours: '[{"from":8,"to":18,"vcpus":4}]', warmTimeZone: 'Europe/Berlin' },
    { gitSecret: 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:pat-AbCdEf' },
  ])('reports only suppressed findings: %j', (context) => {
    expect(findings(stackOf(context))).toEqual([]);
  });

  it('reports a queue that accepts messages without TLS', () => {
    const stack = stackOf();
    new CfnQueue(stack, 'Open');
    expect(findings(stack).join()).toContain('AwsSolutions-SQS4');
  });
});
