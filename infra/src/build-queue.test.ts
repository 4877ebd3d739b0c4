import { Duration } from 'aws-cdk-lib';
import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { propertiesOf, stackWith, standardTemplate, synthesized } from '../test/synthesized.ts';

const resources = (template: Template, part: string) =>
  propertiesOf(template, 'AWS::Batch::ComputeEnvironment', part)['ComputeResources'] as Record<string, unknown>;

describe('hosts', () => {
  it.each([
    ['Arm64', ['m8g.xlarge', 'c8g.xlarge'], 'vecoli-build-arm64'],
    ['Amd64', ['m7i.xlarge', 'c7i.xlarge'], 'vecoli-build-amd64'],
  ])('%s are on-demand, from none to 16 vCPUs, on Amazon Linux 2023', (part, instanceTypes, name) => {
    expect(resources(standardTemplate(), part)).toMatchObject({
      Type: 'EC2',
      AllocationStrategy: 'BEST_FIT_PROGRESSIVE',
      InstanceTypes: instanceTypes,
      MinvCpus: 0,
      MaxvCpus: 16,
      Ec2Configuration: [{ ImageType: 'ECS_AL2023' }],
      UpdateToLatestImageVersion: true,
      Tags: { Name: name },
    });
  });

  it('use a chosen AMI', () => {
    const template = synthesized({ arm64: { imageId: 'ami-0123456789abcdef0' } });
    expect(resources(template, 'Arm64')).toMatchObject({
      Ec2Configuration: [{ ImageType: 'ECS_AL2023', ImageIdOverride: 'ami-0123456789abcdef0' }],
    });
    expect(resources(template, 'Amd64')).toMatchObject({ Ec2Configuration: [{ ImageType: 'ECS_AL2023' }] });
    expect(() => synthesized({ arm64: { imageId: 'al2023' } })).toThrow('the prop arm64.imageId is "al2023"');
  });

  it('are managed by the service-linked role, and updated in place while their jobs run', () => {
    const properties = propertiesOf(standardTemplate(), 'AWS::Batch::ComputeEnvironment', 'Arm64');
    expect(properties).toMatchObject({
      Type: 'MANAGED',
      State: 'ENABLED',
      ReplaceComputeEnvironment: false,
      UpdatePolicy: { TerminateJobsOnUpdate: false, JobExecutionTimeoutMinutes: 180 },
    });
    expect(properties).not.toHaveProperty('ServiceRole');
  });

  it('wait for jobs at most the six hours that Batch allows', () => {
    const template = synthesized({ job: { timeout: Duration.hours(9) } });
    expect(propertiesOf(template, 'AWS::Batch::ComputeEnvironment', 'Arm64')).toMatchObject({
      UpdatePolicy: { JobExecutionTimeoutMinutes: 360 },
    });
  });

  it('are replaced on change, with a role of their own', () => {
    const template = synthesized({ batchServiceRole: 'own' });
    expect(propertiesOf(template, 'AWS::Batch::ComputeEnvironment', 'Arm64')).toMatchObject({
      ServiceRole: { 'Fn::GetAtt': [expect.stringContaining('ServiceRole'), 'Arn'] },
      ReplaceComputeEnvironment: true,
    });
  });

  it('accept other types and limits for each platform', () => {
    const template = synthesized({
      arm64: { instanceTypes: ['r8g.xlarge'], maxVcpus: 64 },
      amd64: { instanceTypes: ['m6i.xlarge'], maxVcpus: 4 },
    });
    expect(resources(template, 'Arm64')).toMatchObject({ InstanceTypes: ['r8g.xlarge'], MaxvCpus: 64 });
    expect(resources(template, 'Amd64')).toMatchObject({ InstanceTypes: ['m6i.xlarge'], MaxvCpus: 4 });
  });

  it('are scaled down by Batch, or kept for a while after their last job', () => {
    expect(resources(standardTemplate(), 'Arm64')).not.toHaveProperty('ScalingPolicy');
    const template = synthesized({ hosts: { scaleDownDelay: Duration.hours(1) } });
    for (const part of ['Arm64', 'Amd64'])
      expect(resources(template, part)).toMatchObject({ ScalingPolicy: { MinScaleDownDelayMinutes: 60 } });
    expect(() => stackWith({ hosts: { scaleDownDelay: Duration.minutes(19) } })).toThrow(
      'scaleDownDelay in minutes is 19',
    );
  });

  it.each([
    [{ instanceTypes: [] }, 'the prop arm64.instanceTypes is []'],
    [{ maxVcpus: 0 }, 'the prop arm64.maxVcpus is 0'],
  ])('refuse %j', (arm64, message) => {
    expect(() => stackWith({ arm64 })).toThrow(message);
  });
});

describe('queues', () => {
  it('have the first user’s names, each in front of the hosts of its platform', () => {
    for (const platform of ['Arm64', 'Amd64']) {
      expect(propertiesOf(standardTemplate(), 'AWS::Batch::JobQueue', platform)).toMatchObject({
        JobQueueName: `vecoli-build-${platform.toLowerCase()}`,
        State: 'ENABLED',
        Priority: 1,
        ComputeEnvironmentOrder: [
          { Order: 1, ComputeEnvironment: { Ref: expect.stringContaining(`Pipeline${platform}Hosts`) } },
        ],
      });
    }
  });

  it('accept other names', () => {
    const template = synthesized({ arm64: { queueName: 'a' }, amd64: { queueName: 'b' } });
    expect(propertiesOf(template, 'AWS::Batch::JobQueue', 'Arm64')).toMatchObject({ JobQueueName: 'a' });
    expect(propertiesOf(template, 'AWS::Batch::JobQueue', 'Amd64')).toMatchObject({ JobQueueName: 'b' });
  });

  const limits = (template: Template) =>
    propertiesOf(template, 'AWS::Batch::JobQueue', 'Amd64')['JobStateTimeLimitActions'];

  it('cancel jobs that no host fits after 10 minutes, and jobs that wait for capacity after an hour', () => {
    const action = { State: 'RUNNABLE', Action: 'CANCEL' };
    expect(limits(standardTemplate())).toEqual([
      { ...action, Reason: 'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE', MaxTimeSeconds: 600 },
      { ...action, Reason: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT', MaxTimeSeconds: 600 },
      { ...action, Reason: 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY', MaxTimeSeconds: 3600 },
    ]);
  });

  it('accept other limits, from 10 minutes to a day', () => {
    const stuckJobs = { misconfigured: Duration.minutes(20), noCapacity: Duration.hours(24) };
    expect(limits(synthesized({ stuckJobs }))).toMatchObject([
      { MaxTimeSeconds: 1200 },
      { MaxTimeSeconds: 1200 },
      { MaxTimeSeconds: 86_400 },
    ]);
    expect(() => stackWith({ stuckJobs: { noCapacity: Duration.minutes(9) } })).toThrow('stuckJobs.noCapacity is 540');
  });
});

describe('the warning about shared hosts', () => {
  it('is issued for types that fit several jobs', () => {
    const stack = stackWith({ arm64: { instanceTypes: ['m8g.xlarge', 'm8g.2xlarge'] } });
    const text = Match.stringLikeRegexp('m8g.2xlarge can hold several jobs of 4 vCPUs at once');
    Annotations.fromStack(stack).hasWarning('/Builds/Pipeline/Arm64', text);
  });

  it('is not issued where each job has its own host', () => {
    const whole = stackWith({
      arm64: { instanceTypes: ['m8g.2xlarge'] },
      amd64: { instanceTypes: ['m7i.2xlarge'] },
      job: { vcpus: 8 },
    });
    for (const stack of [stackWith(), whole]) Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });
});
