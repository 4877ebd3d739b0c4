import { readFileSync } from 'node:fs';
import { Duration, type Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { builderScript, scriptDigest } from '../../src/builder/script.ts';
import { allowed, asText, propertiesOf, stackWith, standardTemplate, synthesized } from '../test/synthesized.ts';
import type { BuilderJobProps } from './builder-job.ts';
import { vcpusOf } from './instance-size.ts';

const definition = (template: Template) => propertiesOf(template, 'AWS::Batch::JobDefinition');
const container = (template: Template) => definition(template)['ContainerProperties'] as Record<string, unknown>;
const withJob = (job: BuilderJobProps) => synthesized({ job });

describe('the job definition', () => {
  it('fits the instance types priced in docs/deploying.md, less a tenth of their 8 GiB', () => {
    const page = readFileSync(new URL('../../docs/deploying.md', import.meta.url), 'utf8');
    const priced = /price of a (c\S+) \+ .* price of a (c[^:]+):/.exec(page)?.slice(1);
    expect(priced).toEqual(['c8g.xlarge', 'c7i.xlarge']);
    for (const [index, part] of ['Arm64', 'Amd64'].entries()) {
      const hosts = propertiesOf(standardTemplate(), 'AWS::Batch::ComputeEnvironment', part)['ComputeResources'];
      expect((hosts as { InstanceTypes: string[] }).InstanceTypes).toContain(priced?.[index]);
    }
    const [vcpus, memory] = (container(standardTemplate())['ResourceRequirements'] as { Value: string }[]).map(
      ({ Value }) => Number(Value),
    );
    expect(vcpus).toBe(vcpusOf('c8g.xlarge'));
    expect(memory).toBeLessThanOrEqual(8192 * 0.9);
  });

  it('runs one major version of docker:cli as root, unprivileged, sized to a whole host, with the host’s Docker socket', () => {
    expect(definition(standardTemplate())).toMatchObject({
      JobDefinitionName: 'vecoli-dind-build',
      Type: 'container',
      PlatformCapabilities: ['EC2'],
      Timeout: { AttemptDurationSeconds: 10_800 },
    });
    expect(container(standardTemplate())).toMatchObject({
      Image: 'docker:29-cli',
      User: 'root',
      Privileged: false,
      ResourceRequirements: [
        { Type: 'VCPU', Value: '4' },
        { Type: 'MEMORY', Value: '7000' },
      ],
      Volumes: [{ Name: 'docker-socket', Host: { SourcePath: '/var/run/docker.sock' } }, { Name: 'builds' }],
      MountPoints: [
        { SourceVolume: 'docker-socket', ContainerPath: '/run/docker.sock', ReadOnly: false },
        { SourceVolume: 'builds' },
      ],
      Environment: [
        { Name: 'TWINHULL_GIT_SECRET_HOST', Value: 'github.com' },
        { Name: 'TWINHULL_DEDICATED_HOST', Value: '1' },
        { Name: 'TWINHULL_SHARED_FOLDER' },
      ],
    });
  });

  it.each([
    ['/var/lib/twinhull-builds', {}],
    ['/mnt/nvme/builds', { buildFolder: '/mnt/nvme/builds' }],
  ] as const)('gives jobs the folder %s at the same path as on the host', (path, job) => {
    const { Volumes, MountPoints, Environment } = container(withJob(job));
    expect(Volumes).toContainEqual({ Name: 'builds', Host: { SourcePath: path } });
    expect(MountPoints).toContainEqual({ SourceVolume: 'builds', ContainerPath: path, ReadOnly: false });
    expect(Environment).toContainEqual({ Name: 'TWINHULL_SHARED_FOLDER', Value: path });
  });

  it('starts a small bootstrap that fetches the script by its digest, without an init process', async () => {
    const script = await builderScript();
    const properties = container(synthesized({ builderScript: script }));
    const command = properties['Command'] as unknown[];
    expect(command.slice(0, 2)).toEqual(['sh', '-c']);
    expect(command.slice(3, 6)).toEqual([
      expect.stringMatching(/^twinhull-contract-\d+$/),
      scriptDigest(script),
      '/tmp/twinhull-builder.sh',
    ]);
    expect(asText(command[6])).toMatch(
      /^s3:\/\/cdk-hnb659fds-assets-<AWS::AccountId>-us-gov-west-1\/[0-9a-f]{64}\.sh$/,
    );
    expect(command[7]).toBe('us-gov-west-1');
    expect(properties).toMatchObject({ LinuxParameters: { InitProcessEnabled: false } });
  });

  it('reads the script from an existing bucket or from the builder image', () => {
    const bucket = (stack: Stack) => Bucket.fromBucketName(stack, 'Scripts', 'scripts');
    const fromBucket = synthesized((stack) => ({ job: { script: { from: 'bucket', bucket: bucket(stack) } } }));
    const name = `twinhull-builder-${scriptDigest('#!/bin/sh\necho built\n')}.sh`;
    expect((container(fromBucket)['Command'] as string[])[6]).toBe(`s3://scripts/${name}`);
    expect(allowed(fromBucket, 'PipelineJobJobRole').get('s3:GetObject')).toEqual([
      'arn:<AWS::Partition>:s3:::scripts/twinhull-builder-*.sh',
    ]);
    const inImage = withJob({ script: { from: 'image', path: '/opt/builder.sh' } });
    expect((container(inImage)['Command'] as string[]).slice(5)).toEqual(['/opt/builder.sh']);
    expect(allowed(inImage, 'PipelineJobJobRole').has('s3:GetObject')).toBe(false);
  });

  it('keeps the revisions of queued jobs when the stack is updated', () => {
    expect(definition(standardTemplate())['ResourceRetentionPolicy']).toEqual({ SkipDeregisterOnUpdate: true });
  });

  it('retries a job only when its host was lost or its image could not be pulled', () => {
    expect(definition(standardTemplate())['RetryStrategy']).toEqual({
      Attempts: 3,
      EvaluateOnExit: [
        { OnStatusReason: 'Host EC2*', Action: 'RETRY' },
        { OnReason: 'CannotPull*', Action: 'RETRY' },
        { OnReason: '*', Action: 'EXIT' },
      ],
    });
  });

  it('accepts another name, image, size, timeout and number of attempts', () => {
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

  it('accepts further environment and mounts', () => {
    const template = withJob({
      gitHost: 'git.example/team',
      environment: { HTTPS_PROXY: 'http://proxy:3128' },
      mounts: [{ source: '/etc/pki' }, { source: '/var/cache/a', target: '/cache', readOnly: false }],
    });
    expect(container(template)).toMatchObject({
      Environment: [
        { Name: 'TWINHULL_GIT_SECRET_HOST', Value: 'git.example/team' },
        { Name: 'TWINHULL_DEDICATED_HOST', Value: '1' },
        { Name: 'TWINHULL_SHARED_FOLDER' },
        { Name: 'HTTPS_PROXY', Value: 'http://proxy:3128' },
      ],
      Volumes: [
        { Name: 'docker-socket' },
        { Name: 'builds' },
        { Host: { SourcePath: '/etc/pki' } },
        { Host: { SourcePath: '/var/cache/a' } },
      ],
      MountPoints: [
        { ContainerPath: '/run/docker.sock', ReadOnly: false },
        { SourceVolume: 'builds' },
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
    ['job.gitHost is "https://github.com"', { gitHost: 'https://github.com' }],
    ['job.environment is "AWS_BATCH_JOB_ID"', { environment: { AWS_BATCH_JOB_ID: 'x' } }],
    ['characters with the command', { environment: { LONG: 'x'.repeat(2000) } }],
    ['job.script.path is "opt"', { script: { from: 'image', path: 'opt' } }],
    ['job.mounts is "etc"', { mounts: [{ source: 'etc' }] }],
    ['job.mounts is "/mnt"', { buildFolder: '/mnt', mounts: [{ source: '/data', target: '/mnt' }] }],
    ['job.buildFolder is "builds"', { buildFolder: 'builds' }],
    ['job.buildFolder is "/"', { buildFolder: '/' }],
    ['job.buildFolder is "/mnt/../etc"', { buildFolder: '/mnt/../etc' }],
    ['job.buildFolder is "/mnt/a,b"', { buildFolder: '/mnt/a,b' }],
  ])('refuses: %s', (message, job) => {
    expect(() => stackWith({ job })).toThrow(message);
  });
});

describe('the log', () => {
  it('goes to its own log group, retained for a month, without dropping lines', () => {
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

  it('accepts another group and retention', () => {
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

  it('reads another secret by name or ARN, and build secrets', () => {
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
  it('writes only the log', () => {
    const actions = allowed(standardTemplate(), 'PipelineJobExecutionRole');
    expect([...actions.keys()]).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    expect(actions.get('logs:PutLogEvents')).toEqual([expect.stringMatching(/^<PipelineJobLog.*\.Arn>$/)]);
  });

  it('pulls a builder image from ECR', () => {
    const image = '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/twinhull/builder:29';
    const actions = allowed(withJob({ image }), 'PipelineJobExecutionRole');
    expect(actions.get('ecr:BatchGetImage')).toEqual([
      'arn:<AWS::Partition>:ecr:us-gov-west-1:123456789012:repository/twinhull/builder',
    ]);
    expect(actions.get('ecr:GetAuthorizationToken')).toEqual(['*']);
    expect(actions.has('ecr:PutImage')).toBe(false);
  });
});
