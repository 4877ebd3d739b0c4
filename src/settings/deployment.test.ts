import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deploymentKeys, readDeployment } from './deployment.ts';

describe('readDeployment', () => {
  it('defaults to the first user’s names', () => {
    expect(readDeployment({})).toEqual({
      region: 'us-gov-west-1',
      stackName: 'smsvpctest-build-batch',
      bootstrapped: true,
      existingRepository: false,
    });
  });

  it('derives every name from `name`, which a specific name overrides', () => {
    const names = {
      stackName: 'acme-build-batch',
      arm64Queue: 'acme-build-arm64',
      amd64Queue: 'acme-build-amd64',
      jobDefinition: 'acme-build',
      gitSecret: 'acme-git-token',
      repository: 'acme',
    };
    expect(readDeployment({ name: 'acme' })).toMatchObject(names);
    expect(readDeployment({ name: 'acme', gitSecret: 'pat', stackName: 'builds' })).toMatchObject({
      ...names,
      gitSecret: 'pat',
      stackName: 'builds',
    });
  });

  it('accepts strings, as -c passes them', () => {
    const chosen = readDeployment({
      bootstrapped: 'false',
      maxVcpus: '32',
      subnetIds: 'subnet-a, subnet-b',
      builderEnvironment: '{"A":"1"}',
      builderMounts: '[{"source":"/etc/hosts"}]',
    });
    expect(chosen).toMatchObject({
      bootstrapped: false,
      maxVcpus: 32,
      subnetIds: ['subnet-a', 'subnet-b'],
      builderEnvironment: { A: '1' },
      builderMounts: [{ source: '/etc/hosts' }],
    });
  });

  it('accepts values as in cdk.context.json', () => {
    expect(readDeployment({ bootstrapped: false, maxVcpus: 32, builderEnvironment: { A: '1' } })).toMatchObject({
      bootstrapped: false,
      maxVcpus: 32,
      builderEnvironment: { A: '1' },
    });
  });

  it('ignores the keys of the CDK', () => {
    expect(() =>
      readDeployment({ '@aws-cdk/core:x': true, 'aws:cdk:y': 1, 'cli-telemetry': false, 'vpc-provider:account=1': {} }),
    ).not.toThrow();
  });

  it.each([
    [{ bulderImage: 'x' }, 'the context key bulderImage is not valid'],
    [{ 'builder-image': 'x' }, 'the context key builder-image is not valid'],
    [{ 'acme/builder': 'x' }, 'the context key acme/builder is not valid'],
    [{ name: 'Acme' }, 'the context key name is not valid: it is not lower-case'],
    [{ name: 'a--b' }, 'the context key name is not valid: it is not lower-case'],
    [{ name: 'a'.repeat(41) }, 'the context key name is not valid: it is longer than 40'],
    [{ encryptionKey: 'alias/builds' }, 'the context key encryptionKey is not valid: it is not the ARN of a key'],
    [{ maxVcpus: 'many' }, 'the context key maxVcpus is not valid'],
    [{ bootstrapped: 'no' }, 'the context key bootstrapped is not valid: Invalid input: expected boolean'],
    [{ builderEnvironment: '{' }, 'the context key builderEnvironment is not valid: not JSON: {'],
    [
      { builderEnvironment: '{"A":1}' },
      'the context key builderEnvironment.A is not valid: Invalid input: expected str',
    ],
    [{ builderMounts: [{}] }, 'the context key builderMounts.0.source is not valid: Invalid input: expected string'],
    [{ batchServiceRole: 'none' }, 'the context key batchServiceRole is not valid'],
  ])('refuses %j', (context, message) => {
    expect(() => readDeployment(context)).toThrow(
      expect.objectContaining({ code: 'SettingInvalid', message: expect.stringContaining(message) }),
    );
  });
});

it('docs/deploying.md names every key', () => {
  const page = readFileSync(new URL('../../docs/deploying.md', import.meta.url), 'utf8');
  expect(deploymentKeys.filter((key) => !new RegExp(`\\b${key}\\b`).test(page))).toEqual([]);
});
