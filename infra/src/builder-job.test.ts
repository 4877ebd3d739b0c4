import { Duration } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { builderScript, withoutComments } from '../../src/builder/script.ts';
import { allowed, propertiesOf, stackWith, standardTemplate, synthesized } from '../test/synthesized.ts';
import type { BuilderJobProps } from './builder-job.ts';

const definition = (template: Template) => propertiesOf(template, 'AWS::Batch::JobDefinition');
const container = (template: Template) => definition(template)['ContainerProperties'] as Record<string, unknown>;
const withJob = (job: BuilderJobProps) => synthesized({ job });

describe('the job definition', () => {
  it('runs docker:cli as root, unprivileged, as large as a host, with the host’s Docker socket', () => {
    expect(definition(standardTemplate())).toMatchObject({
      JobDefinitionName: 'vecoli-dind-build',
      Type: 'container',
      PlatformCapabilities: ['EC2'],
      Timeout: { AttemptDurationSeconds: 10_800 },
    });
    expect(container(standardTemplate())).toMatchObject({
      Image: 'docker:cli',
      User: 'root',
      Privileged: false,
      ResourceRequirements: [
        { Type: 'VCPU', Value: '4' },
        { Type: 'MEMORY', Value: '7000' },
      ],
      Volumes: [{ Name: 'docker-socket', Host: { SourcePath: '/var/run/docker.sock' } }],
      MountPoints: [{ SourceVolume: 'docker-socket', ContainerPath: '/var/run/docker.sock', ReadOnly: false }],
      Environment: [],
    });
  });

  it('makes the builder script PID 1: no init before it, no shell around it', () => {
    expect(container(standardTemplate())).toMatchObject({
      Command: ['sh', '-c', '#!/bin/sh\necho built\n'],
      LinuxParameters: { InitProcessEnabled: false },
    });
  });

  it('carries the whole builder script within Batch’s limit', async () => {
    const script = withoutComments(await builderScript());
    expect(container(synthesized({ builderScript: script }))).toMatchObject({ Command: ['sh', '-c', script] });
  });

  it('starts a job anew only when its host was lost or its image not pulled', () => {
    expect(definition(standardTemplate())['RetryStrategy']).toEqual({
      Attempts: 3,
      EvaluateOnExit: [
        { OnStatusReason: 'Host EC2*', Action: 'RETRY' },
        { OnReason: 'CannotPull*', Action: 'RETRY' },
        { OnReason: '*', Action: 'EXIT' },
      ],
    });
  });

  it('takes another name, image, size, timeout and number of attempts', () => {
    const template = withJob({
      jobDefinitionName: 'mine',
      image: 'registry.example.com/builder:1',
      vcpus: 8,
      memoryMiB: 15_000,
      timeout: Duration.minutes(30),
      attempts: 1,
    });
    expect(definition(template)).toMatchObject({
      JobDefinitionName: 'mine',
      Timeout: { AttemptDurationSeconds: 1800 },
      RetryStrategy: { Attempts: 1 },
    });
    expect(container(template)).toMatchObject({
      Image: 'registry.example.com/builder:1',
      ResourceRequirements: [{ Value: '8' }, { Value: '15000' }],
    });
  });

  it('takes further environment and mounts', () => {
    const template = withJob({
      environment: { HTTPS_PROXY: 'http://proxy:3128' },
      mounts: [{ source: '/etc/pki' }, { source: '/var/cache/a', target: '/cache', readOnly: false }],
    });
    expect(container(template)).toMatchObject({
      Environment: [{ Name: 'HTTPS_PROXY', Value: 'http://proxy:3128' }],
      Volumes: [
        { Name: 'docker-socket' },
        { Host: { SourcePath: '/etc/pki' } },
        { Host: { SourcePath: '/var/cache/a' } },
      ],
      MountPoints: [
        { ContainerPath: '/var/run/docker.sock', ReadOnly: false },
        { ContainerPath: '/etc/pki', ReadOnly: true },
        { ContainerPath: '/cache', ReadOnly: false },
      ],
    });
  });

  it.each<[string, BuilderJobProps]>([
    ['job.vcpus is 0', { vcpus: 0 }],
    ['job.memoryMiB is 7000.5', { memoryMiB: 7000.5 }],
    ['job.timeout in seconds is 30', { timeout: Duration.seconds(30) }],
    ['job.attempts is 11', { attempts: 11 }],
    ['job.environment is "AWS_BATCH_JOB_ID"', { environment: { AWS_BATCH_JOB_ID: 'x' } }],
    ['job.mounts is "etc"', { mounts: [{ source: 'etc' }] }],
  ])('refuses: %s', (message, job) => {
    expect(() => stackWith({ job })).toThrow(message);
  });
});

describe('the log', () => {
  it('goes to a group of its own, kept a month, and no line is dropped', () => {
    standardTemplate().hasResource('AWS::Logs::LogGroup', {
      Properties: { LogGroupName: '/twinhull/vecoli-dind-build', RetentionInDays: 30 },
      DeletionPolicy: 'Delete',
    });
    expect(container(standardTemplate())['LogConfiguration']).toMatchObject({
      LogDriver: 'awslogs',
      Options: {
        'awslogs-group': { Ref: expect.stringContaining('PipelineJobLog') },
        'awslogs-region': 'us-gov-west-1',
        'awslogs-stream-prefix': 'vecoli-dind-build',
        mode: 'blocking',
      },
    });
  });

  it('takes another group and retention', () => {
    withJob({ logGroupName: '/builds', logRetention: RetentionDays.ONE_YEAR }).hasResourceProperties(
      'AWS::Logs::LogGroup',
      {
        LogGroupName: '/builds',
        RetentionInDays: 365,
      },
    );
  });
});

describe('the role of jobs', () => {
  const secretActions = 'secretsmanager:GetSecretValue';
  const anySecret = 'arn:<AWS::Partition>:secretsmanager:us-gov-west-1:<AWS::AccountId>:secret:';

  it('reads the one secret, and pushes to the one repository', () => {
    const actions = allowed(standardTemplate(), 'PipelineJobJobRole');
    expect(actions.get(secretActions)).toEqual([`${anySecret}vecoli-github-pat-??????`]);
    expect(actions.get('ecr:PutImage')).toEqual([expect.stringMatching(/^<PipelineRepository.*\.Arn>$/)]);
    expect(actions.get('ecr:DescribeRepositories')).toEqual(actions.get('ecr:PutImage'));
    expect([...actions].filter(([, on]) => on.includes('*')).map(([action]) => action)).toEqual([
      'ecr:GetAuthorizationToken',
    ]);
  });

  it('reads another secret of that name or ARN, and build secrets', () => {
    const byName = allowed(withJob({ gitSecretName: 'other' }), 'PipelineJobJobRole');
    expect(byName.get(secretActions)).toEqual([`${anySecret}other-??????`]);
    const arn = 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:pat-AbCdEf';
    const template = synthesized((stack) => ({
      job: {
        gitSecret: Secret.fromSecretCompleteArn(stack, 'Pat', arn),
        buildSecrets: [Secret.fromSecretNameV2(stack, 'Npm', 'npm-token')],
      },
    }));
    expect(allowed(template, 'PipelineJobJobRole').get(secretActions)).toEqual([arn, `${anySecret}npm-token-??????`]);
  });
});

describe('the execution role', () => {
  it('writes the log, and nothing else', () => {
    const actions = allowed(standardTemplate(), 'PipelineJobExecutionRole');
    expect([...actions.keys()]).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    expect(actions.get('logs:PutLogEvents')).toEqual([expect.stringMatching(/^<PipelineJobLog.*\.Arn>$/)]);
  });

  it('pulls a builder image that lies in ECR', () => {
    const image = '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/twinhull/builder:29';
    const actions = allowed(withJob({ image }), 'PipelineJobExecutionRole');
    expect(actions.get('ecr:BatchGetImage')).toEqual([
      'arn:<AWS::Partition>:ecr:us-gov-west-1:123456789012:repository/twinhull/builder',
    ]);
    expect(actions.get('ecr:GetAuthorizationToken')).toEqual(['*']);
    expect(actions.has('ecr:PutImage')).toBe(false);
  });
});
