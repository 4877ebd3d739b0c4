import { Duration } from 'aws-cdk-lib';
import { type Template } from 'aws-cdk-lib/assertions';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { allowed, propertiesOf, stackWith, standardTemplate, synthesized } from '../test/synthesized.ts';

interface LaunchTemplateData {
  readonly BlockDeviceMappings: readonly unknown[];
  readonly MetadataOptions: unknown;
  readonly UserData: { readonly 'Fn::Base64': string };
}

const launchData = (template: Template) =>
  propertiesOf(template, 'AWS::EC2::LaunchTemplate')['LaunchTemplateData'] as LaunchTemplateData;

describe('the launch template', () => {
  it('gives hosts one encrypted gp3 volume of 100 GiB for Docker’s layers', () => {
    expect(launchData(standardTemplate()).BlockDeviceMappings).toEqual([
      {
        DeviceName: '/dev/xvda',
        Ebs: { VolumeType: 'gp3', VolumeSize: 100, Encrypted: true, DeleteOnTermination: true },
      },
    ]);
  });

  it('accepts another volume size', () => {
    const template = synthesized({ hosts: { rootVolumeGiB: 250 } });
    expect(launchData(template).BlockDeviceMappings).toMatchObject([{ Ebs: { VolumeSize: 250 } }]);
    expect(() => stackWith({ hosts: { rootVolumeGiB: 8 } })).toThrow('hosts.rootVolumeGiB is 8');
  });

  it('accepts another throughput, with the IOPS that it needs', () => {
    const ebs = (rootVolumeThroughput: number) =>
      launchData(synthesized({ hosts: { rootVolumeThroughput } })).BlockDeviceMappings;
    expect(ebs(250)).toEqual([
      {
        DeviceName: '/dev/xvda',
        Ebs: { VolumeType: 'gp3', VolumeSize: 100, Throughput: 250, Encrypted: true, DeleteOnTermination: true },
      },
    ]);
    expect(ebs(900)).toMatchObject([{ Ebs: { Throughput: 900, Iops: 3600 } }]);
    expect(() => stackWith({ hosts: { rootVolumeThroughput: 100 } })).toThrow('hosts.rootVolumeThroughput is 100');
  });

  it('accepts a key for the volume', () => {
    const arn = 'arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/00000000-1111-2222-3333-444444444444';
    const template = synthesized((stack) => ({ encryptionKey: Key.fromKeyArn(stack, 'Key', arn) }));
    expect(launchData(template).BlockDeviceMappings).toMatchObject([{ Ebs: { Encrypted: true, KmsKeyId: arn } }]);
  });

  it('requires IMDSv2 with a hop limit of one', () => {
    expect(launchData(standardTemplate()).MetadataOptions).toEqual({
      HttpEndpoint: 'enabled',
      HttpTokens: 'required',
      HttpPutResponseHopLimit: 1,
    });
  });

  it('makes the agent clean up only its own images, and none that a running job needs', () => {
    const text = launchData(standardTemplate()).UserData['Fn::Base64'];
    expect(text).toMatch(/^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary="(.+)"\n\n--\1\n/);
    expect(text).toContain('\nECS_ENABLE_UNTRACKED_IMAGE_CLEANUP=false\n');
    expect(text).toContain('\nECS_IMAGE_MINIMUM_CLEANUP_AGE=210m\n');
    const longer = launchData(synthesized({ job: { timeout: Duration.hours(6) } })).UserData['Fn::Base64'];
    expect(longer).toContain('\nECS_IMAGE_MINIMUM_CLEANUP_AGE=390m\n');
  });

  it('makes the agent use its copy of the builder image where a pull fails', () => {
    expect(launchData(standardTemplate()).UserData['Fn::Base64']).toContain('\nECS_IMAGE_PULL_BEHAVIOR=default\n');
  });

  it('runs extra commands after the agent is configured', () => {
    const text = launchData(synthesized({ hosts: { commands: ['systemctl restart docker'] } })).UserData['Fn::Base64'];
    expect(text).toMatch(/\nEND\n(?:.*\n)+systemctl restart docker\n\n--/);
    expect(launchData(standardTemplate()).UserData['Fn::Base64']).toMatch(/\nsystemctl reload docker \|\| true\n\n--/);
  });

  it('lets the engine transfer ten layers at once, unless the image of the host has settings of its own', () => {
    const text = launchData(standardTemplate()).UserData['Fn::Base64'];
    const settings = /^\[ -e (\S+) \] \|\| cat >\1 <<'END'\n(.*)\nEND$/m.exec(text)?.[2];
    expect(JSON.parse(settings ?? '')).toEqual({ 'max-concurrent-downloads': 10, 'max-concurrent-uploads': 10 });
  });
});

describe('the role of hosts', () => {
  it('can join a cluster, and nothing else', () => {
    const actions = allowed(standardTemplate(), 'PipelineHostsRole');
    expect([...actions.keys()].filter((action) => !action.startsWith('ecs:'))).toEqual([]);
    const anywhere = [...actions].filter(([, on]) => on.includes('*')).map(([action]) => action);
    expect(anywhere).toEqual(['ecs:DiscoverPollEndpoint']);
    const role = propertiesOf(standardTemplate(), 'AWS::IAM::Role', 'PipelineHostsRole');
    expect(role).not.toHaveProperty('ManagedPolicyArns');
  });

  it('accepts further policies', () => {
    const template = synthesized({
      hosts: { managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('AmazonSSMManagedInstanceCore')] },
    });
    const role = propertiesOf(template, 'AWS::IAM::Role', 'PipelineHostsRole');
    expect(JSON.stringify(role['ManagedPolicyArns'])).toContain('AmazonSSMManagedInstanceCore');
  });
});
