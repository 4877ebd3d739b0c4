import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/settings/settings.ts';
import { settingsText } from './settings-text.ts';

const outputs = {
  BuildArm64Queue: 'vecoli-build-arm64',
  BuildAmd64Queue: 'vecoli-build-amd64',
  BuildJobDefinition: 'vecoli-dind-build',
  BuildTimeoutSeconds: '10800',
  BuildGitSecretArn: 'vecoli-github-pat',
  BuildGitHost: 'github.com',
  EcrRepository: 'vecoli',
  BatchRegion: 'us-gov-west-1',
  BuildEventsQueueUrl: 'https://sqs.us-gov-west-1.amazonaws.com/123456789012/events',
  OrchestratorPolicyArn: 'arn:aws-us-gov:iam::123456789012:policy/orchestrator',
};

const expected = `# of the stack builds
BUILD_ARM64_QUEUE=vecoli-build-arm64
BUILD_AMD64_QUEUE=vecoli-build-amd64
BUILD_JOB_DEFINITION=vecoli-dind-build
BUILD_TIMEOUT_SECONDS=10800
BUILD_EVENTS_QUEUE_URL=https://sqs.us-gov-west-1.amazonaws.com/123456789012/events
BUILD_GIT_SECRET_ARN=vecoli-github-pat
TWINHULL_GIT_HOST=github.com
ECR_REPOSITORY=vecoli
BATCH_REGION=us-gov-west-1
# OrchestratorPolicyArn: arn:aws-us-gov:iam::123456789012:policy/orchestrator
`;

describe('settingsText', () => {
  it('reads the file of cdk deploy --outputs-file', () => {
    expect(settingsText(JSON.stringify({ other: { A: 'b' }, builds: outputs }))).toBe(expected);
  });

  it('reads the output of aws cloudformation describe-stacks', () => {
    const Outputs = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({
      OutputKey,
      OutputValue,
      Description: '',
    }));
    expect(
      settingsText(JSON.stringify({ Stacks: [{ StackName: 'builds', StackStatus: 'CREATE_COMPLETE', Outputs }] })),
    ).toBe(expected);
  });

  it('produces a file that Twinhull accepts', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'twinhull-settings-'));
    try {
      const file = path.join(folder, 'settings.env');
      writeFileSync(file, settingsText(JSON.stringify({ builds: outputs })));
      expect(loadSettings({ TWINHULL_SETTINGS_FILE: file })).toMatchObject({
        backend: 'aws',
        aws: {
          region: 'us-gov-west-1',
          arm64Queue: 'vecoli-build-arm64',
          amd64Queue: 'vecoli-build-amd64',
          jobDefinition: 'vecoli-dind-build',
          eventQueueUrl: 'https://sqs.us-gov-west-1.amazonaws.com/123456789012/events',
          gitSecrets: [{ id: 'vecoli-github-pat', audience: { host: 'github.com' }, setting: 'BUILD_GIT_SECRET_ARN' }],
          ecrRepository: 'vecoli',
        },
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('requires the stack name where there are several', () => {
    const json = JSON.stringify({ a: outputs, builds: outputs });
    expect(() => settingsText(json)).toThrow('2 build stacks');
    expect(settingsText(json, 'builds')).toBe(expected);
    expect(() => settingsText(json, 'c')).toThrow('0 build stacks named "c"');
  });

  it.each([
    ['no JSON', 'neither the format of cdk deploy'],
    ['[]', 'neither the format of cdk deploy'],
    [JSON.stringify({ builds: { BuildJobDefinition: 'd' } }), 'the output BuildArm64Queue is undefined'],
    [JSON.stringify({ builds: { ...outputs, BatchRegion: 'a b' } }), 'the output BatchRegion is "a b"'],
  ])('refuses %s', (json, message) => {
    expect(() => settingsText(json)).toThrow(message);
  });
});
