import { isDeepStrictEqual } from 'node:util';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { readDeployment } from '../../src/settings/deployment.ts';
import { allowed } from '../test/synthesized.ts';
import { testApp } from '../test/test-app.ts';
import { testScript } from '../test/test-script.ts';
import { BuildBatchStack } from './build-batch-stack.ts';

type Resources = Readonly<Record<string, { Type: string; Properties?: Record<string, unknown> }>>;

/**
 * Properties whose change makes CloudFormation create a new resource and delete the old one ("Update requires:
 * Replacement" in its reference of resource types), of the types that the options below change.
 */
const replacing: Readonly<Record<string, readonly string[]>> = {
  'AWS::Batch::JobDefinition': ['JobDefinitionName'],
  'AWS::Batch::JobQueue': ['JobQueueName'],
  'AWS::EC2::SecurityGroup': ['VpcId'],
  'AWS::EC2::Subnet': ['AvailabilityZone', 'CidrBlock', 'VpcId'],
  'AWS::EC2::VPC': ['CidrBlock'],
  'AWS::ECR::Repository': ['EncryptionConfiguration', 'RepositoryName'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
};

function templateOf(context: Readonly<Record<string, unknown>> = {}, script = testScript): Template {
  return Template.fromStack(new BuildBatchStack(testApp(), readDeployment(context), script));
}

const deployed = templateOf();

/** The types of the resources that a deployment of this template changes and replaces in what is deployed. */
function changes(next: Template): { changed: readonly string[]; replaced: readonly string[] } {
  const [before, after] = [deployed, next].map((template) => template.toJSON()['Resources'] as Resources) as [
    Resources,
    Resources,
  ];
  const ids = Object.keys(before).filter((id) => after[id] && !isDeepStrictEqual(before[id], after[id]));
  const isReplaced = (id: string) =>
    (replacing[before[id]?.Type ?? ''] ?? []).some(
      (name) => !isDeepStrictEqual(before[id]?.Properties?.[name], after[id]?.Properties?.[name]),
    );
  const types = (some: readonly string[]) => [...new Set(some.map((id) => (before[id]?.Type ?? '').slice(5)))].sort();
  return { changed: types(ids), replaced: types(ids.filter(isReplaced)) };
}

describe('an upgrade, as docs/deploying.md describes it', () => {
  it('to a new builder script changes the job definition alone', () => {
    expect(changes(templateOf({}, `${testScript}# changed\n`))).toEqual({
      changed: ['Batch::JobDefinition'],
      replaced: [],
    });
  });

  it.each([
    [{ arm64InstanceTypes: 'm7g.xlarge' }, ['Batch::ComputeEnvironment']],
    [{ arm64ImageId: 'ami-0123456789abcdef0' }, ['Batch::ComputeEnvironment']],
    [{ maxVcpus: 64 }, ['Batch::ComputeEnvironment']],
    [{ scaleDownMinutes: 30 }, ['Batch::ComputeEnvironment']],
    [{ rootVolumeGiB: 200 }, ['EC2::LaunchTemplate']],
    [{ rootVolumeThroughput: 250 }, ['EC2::LaunchTemplate']],
    [{ warmHours: [{ from: 8, to: 18, vcpus: 4 }] }, []],
    [{ hostCommands: ['true'] }, ['EC2::LaunchTemplate']],
    [{ builderImage: 'docker:30-cli' }, ['Batch::JobDefinition']],
    [{ builderEnvironment: { HTTPS_PROXY: 'http://proxy' } }, ['Batch::JobDefinition']],
    [{ timeoutMinutes: 300 }, ['Batch::ComputeEnvironment', 'Batch::JobDefinition', 'EC2::LaunchTemplate']],
    [{ gitSecret: 'other' }, ['IAM::ManagedPolicy', 'IAM::Policy']],
    [{ buildSecrets: 'npm' }, ['IAM::ManagedPolicy', 'IAM::Policy']],
    [{ batchServiceRole: 'own' }, ['Batch::ComputeEnvironment']],
  ])('with %j changes resources in place', (context, changed) => {
    expect(changes(templateOf(context))).toEqual({ changed, replaced: [] });
  });

  it.each([
    [{ arm64Queue: 'other' }, ['Batch::JobQueue']],
    [{ jobDefinition: 'other' }, ['Batch::JobDefinition', 'Logs::LogGroup']],
    [{ logGroup: '/other' }, ['Logs::LogGroup']],
    [{ repository: 'other' }, ['ECR::Repository']],
    [{ cidr: '10.1.0.0/16' }, ['EC2::Subnet', 'EC2::VPC']],
    [
      { encryptionKey: 'arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/00000000-1111-2222-3333-444444444444' },
      ['ECR::Repository'],
    ],
  ])('with %j replaces resources', (context, replaced) => {
    expect(changes(templateOf(context)).replaced).toEqual(replaced);
  });

  it('keeps revisions of the job definition, and lets their jobs read the earlier script', () => {
    deployed.hasResourceProperties('AWS::Batch::JobDefinition', {
      ResourceRetentionPolicy: { SkipDeregisterOnUpdate: true },
    });
    expect(allowed(deployed, 'PipelineJobJobRole').get('s3:GetObject')).toEqual([
      expect.stringMatching(/:s3:::cdk-hnb659fds-assets-[^/]+\/twinhull\/\*\.sh$/),
    ]);
  });

  it('leaves jobs on hosts that are replaced to their end, up to Batch’s limit of six hours', () => {
    deployed.allResourcesProperties('AWS::Batch::ComputeEnvironment', {
      ReplaceComputeEnvironment: false,
      UpdatePolicy: { TerminateJobsOnUpdate: false, JobExecutionTimeoutMinutes: 180 },
    });
    templateOf({ timeoutMinutes: 600 }).allResourcesProperties('AWS::Batch::ComputeEnvironment', {
      UpdatePolicy: { TerminateJobsOnUpdate: false, JobExecutionTimeoutMinutes: 360 },
    });
  });

  it('keeps the repository and its images if the stack is deleted or names another', () => {
    deployed.hasResource('AWS::ECR::Repository', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });
});
