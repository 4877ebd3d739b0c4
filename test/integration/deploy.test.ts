import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeLaunchTemplateVersionsCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OwnEmulator, startOwnEmulator } from '../helpers/own-emulator.ts';

const region = 'us-east-1';
const infra = path.resolve(import.meta.dirname, '../../infra');

/** The commands of docs/deploying.md after each other, as far as the emulator can follow them. */
describe('npm run deploy', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinhull-deploy-'));
  const outputs = path.join(folder, 'outputs.json');
  const app = path.join(folder, 'cdk.out');
  const upgraded = path.join(folder, 'upgraded.out');
  let emulator: OwnEmulator;
  let formation: CloudFormationClient;
  let ec2: EC2Client;
  let ecr: ECRClient;
  let environment: NodeJS.ProcessEnv;
  let network: string[];

  beforeAll(async () => {
    emulator = await startOwnEmulator(region);
    const { endpoint } = emulator;
    const options = { region, endpoint, credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' } };
    formation = new CloudFormationClient(options);
    ec2 = new EC2Client(options);
    ecr = new ECRClient(options);
    environment = { ...emulator.environment, HOME: folder, NO_COLOR: '1' };
    // The emulator cannot delete a network that a stack created.
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
    const subnets = Subnets.slice(0, 2).map(({ SubnetId }) => SubnetId);
    network = ['-c', `vpcId=${Subnets[0]?.VpcId}`, '-c', `subnetIds=${subnets.join(',')}`];
  });

  afterAll(async () => {
    for (const client of [formation, ec2, ecr]) client.destroy();
    await emulator.stop();
    rmSync(folder, { recursive: true });
  });

  const run = (command: string, ...words: string[]) =>
    execa(command, words, { cwd: infra, env: environment, all: true, reject: false });

  // The emulator has no service-linked role.
  const context = () =>
    ['-c', `region=${region}`, '-c', 'bootstrapped=false', '-c', 'scriptBucket=scripts'].concat(
      ...['-c', 'batchServiceRole=own', ...network],
    );

  // The emulator keeps description and outputs of a stack only where no change set created it.
  const deploy = (...more: string[]) =>
    run(
      ...(['npm', 'run', '--silent', 'deploy', '--', ...context()] as const),
      ...['--method', 'direct', '--require-approval', 'never', '--output', app, '--outputs-file', outputs],
      ...more,
    );

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

  it('shows and makes the changes of an upgrade', async () => {
    const change = ['-c', 'name=acme', '-c', 'rootVolumeGiB=200'];
    // Without a change set, for which the CDK waits longer than for all the rest.
    const words = [...context(), ...change, '--method', 'template', '--output', upgraded];
    const diff = await run('npm', 'run', '--silent', 'diff', '--', ...words);
    expect([diff.exitCode, diff.all.match(/^\[[-+~]\] .*$/gm)]).toEqual([
      0,
      [expect.stringMatching(/^\[~\] AWS::EC2::LaunchTemplate /)],
    ]);
    const ran = await deploy(...change, '--app', upgraded);
    expect([ran.exitCode, ran.all]).toEqual([0, expect.stringContaining('acme-build-batch')]);
    const { StackResources = [] } = await formation.send(
      new DescribeStackResourcesCommand({ StackName: 'acme-build-batch' }),
    );
    const hosts = StackResources.find(({ ResourceType }) => ResourceType === 'AWS::EC2::LaunchTemplate');
    const { LaunchTemplateVersions = [] } = await ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: hosts?.PhysicalResourceId }),
    );
    const volumes = LaunchTemplateVersions.map(
      ({ LaunchTemplateData }) => LaunchTemplateData?.BlockDeviceMappings?.[0]?.Ebs?.VolumeSize,
    );
    expect(volumes.sort()).toEqual([100, 200]);
  });

  it('leaves the repository with its images behind when the stack is destroyed', async () => {
    const ran = await run('npx', 'cdk', 'destroy', '--force', '--app', upgraded);
    expect([ran.exitCode, ran.all]).toEqual([0, expect.stringContaining('acme-build-batch: destroyed')]);
    const { Stacks = [] } = await formation.send(new DescribeStacksCommand({}));
    expect(Stacks.map(({ StackName }) => StackName)).not.toContain('acme-build-batch');
    const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand({}));
    expect(repositories.map(({ repositoryName }) => repositoryName)).toEqual(['acme']);
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
    // An app that fails shows that the CDK was started.
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
