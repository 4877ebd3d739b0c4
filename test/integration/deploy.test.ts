import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OwnEmulator, startOwnEmulator } from '../helpers/own-emulator.ts';

const region = 'us-east-1';
const infra = path.resolve(import.meta.dirname, '../../infra');

describe('npm run deploy', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinhull-deploy-'));
  const outputs = path.join(folder, 'outputs.json');
  const app = path.join(folder, 'cdk.out');
  let emulator: OwnEmulator;
  let formation: CloudFormationClient;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    emulator = await startOwnEmulator(region);
    formation = new CloudFormationClient({
      region,
      endpoint: emulator.endpoint,
      credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
    });
    environment = { ...emulator.environment, HOME: folder, NO_COLOR: '1' };
  });

  afterAll(async () => {
    formation.destroy();
    await emulator.stop();
    rmSync(folder, { recursive: true });
  });

  // The emulator keeps description and outputs of a stack only where no change set created it, and has no service-linked role.
  const words = ['-c', `region=${region}`, '-c', 'bootstrapped=false', '-c', 'scriptBucket=scripts'].concat(
    ...['-c', 'batchServiceRole=own', '--method', 'direct', '--require-approval', 'never'],
    ...['--output', app, '--outputs-file', outputs],
  );

  const deploy = (...more: string[]) =>
    execa('npm', ['run', '--silent', 'deploy', '--', ...words, ...more], {
      cwd: infra,
      env: environment,
      all: true,
      reject: false,
    });

  async function resourcesOf(StackName: string): Promise<readonly string[]> {
    const { StackResources = [] } = await formation.send(new DescribeStackResourcesCommand({ StackName }));
    return StackResources.map(({ ResourceType = '' }) => ResourceType).sort();
  }

  it('creates the stack, whose outputs become a settings file, and accepts it as ours afterwards', async () => {
    const ran = await deploy('-c', 'name=acme');
    expect([ran.exitCode, ran.all]).toEqual([0, expect.stringContaining('acme-build-batch')]);
    expect(await resourcesOf('acme-build-batch')).toEqual(expect.arrayContaining(['AWS::Batch::JobQueue']));
    const settings = await execa('npm', ['run', '--silent', 'settings', '--', outputs], { cwd: infra });
    expect(settings.stdout.split('\n')).toEqual(
      expect.arrayContaining(['BUILD_ARM64_QUEUE=acme-build-arm64', 'ECR_REPOSITORY=acme', `BATCH_REGION=${region}`]),
    );
    // What was synthesized above, to save time.
    const again = await deploy('-c', 'name=acme', '--app', app);
    expect([again.exitCode, again.all]).toEqual([0, expect.stringContaining('no changes')]);
  });

  it('refuses a stack of another origin, which stays as it is, unless --adopt is given', async () => {
    const TemplateBody = JSON.stringify({
      Description: 'Builds of another origin',
      Resources: { Repository: { Type: 'AWS::ECR::Repository', Properties: { RepositoryName: 'theirs' } } },
    });
    await formation.send(new CreateStackCommand({ StackName: 'theirs-build-batch', TemplateBody }));
    const refused = await deploy('-c', 'name=theirs');
    expect([refused.exitCode, refused.all]).toEqual([
      2,
      expect.stringContaining('theirs-build-batch in us-east-1 is not a stack of Twinhull'),
    ]);
    expect(await resourcesOf('theirs-build-batch')).toEqual(['AWS::ECR::Repository']);
    // The emulator cannot update a stack: an app that fails shows that the CDK was started.
    const adopted = await deploy('-c', 'name=theirs', '--adopt', '--app', 'exit 7');
    expect([adopted.exitCode, adopted.all]).toEqual([1, expect.stringContaining('exit 7')]);
  });

  it('deploys nothing where it cannot check the stack', async () => {
    const credentials = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    environment = { ...environment, ...credentials, AWS_EC2_METADATA_DISABLED: 'true' };
    const ran = await deploy('-c', 'name=corp');
    expect([ran.exitCode, ran.all]).toEqual([2, expect.stringContaining('there are no AWS credentials')]);
  });
});
