import { beforeAll, expect, it } from 'vitest';
import type { JobDefinitionFacts } from '../../../adapters/aws/inspect/facts.ts';
import { bootstrapCommand } from '../../../builder/bootstrap.ts';
import { contractVersion } from '../../../builder/contract.ts';
import { builderScript, scriptDigest } from '../../../builder/script.ts';
import { judgeJobDefinition } from './job-definition-check.ts';

let script: string;
let facts: JobDefinitionFacts;

beforeAll(async () => {
  script = await builderScript();
  facts = {
    arn: 'arn:aws-us-gov:batch:us-gov-west-1:123456789012:job-definition/vecoli-dind-build:3',
    name: 'vecoli-dind-build',
    revision: 3,
    status: 'ACTIVE',
    image: 'docker:cli',
    command: starting(script),
    privileged: false,
    user: 'root',
    mounts: [{ hostPath: '/var/run/docker.sock', containerPath: '/var/run/docker.sock' }],
    environment: new Map(),
    vcpus: 4,
    memory: 7000,
    timeoutSeconds: 10_800,
  };
});

const judge = (change: Partial<JobDefinitionFacts> = {}, longestRunSeconds: number | undefined = 10_800) =>
  judgeJobDefinition(
    'job definition',
    'vecoli-dind-build',
    { ...facts, ...change },
    { region: 'us-gov-west-1', builderScript: script, longestRunSeconds },
  );
const starting = (text: string, contract: number = contractVersion) =>
  bootstrapCommand({
    place: { s3Url: 's3://assets/0123.sh', region: 'us-gov-west-1' },
    sha256: scriptDigest(text),
    contract,
  });

it('accepts this version’s builder, from S3 or from the builder image', () => {
  const detail = "vecoli-dind-build:3 runs this version's builder in docker:cli, with the host's socket, unprivileged";
  expect(judge()).toEqual([{ name: 'job definition', status: 'ok', detail }]);
  const inImage = bootstrapCommand({
    place: { path: '/opt/builder.sh' },
    sha256: scriptDigest(script),
    contract: contractVersion,
  });
  expect(judge({ command: inImage })).toMatchObject([{ status: 'ok' }]);
});

it('reports a job definition that is missing or inactive', () => {
  const asker = { region: 'us-gov-west-1', builderScript: script };
  expect(judgeJobDefinition('job definition', 'typo', undefined, asker)).toMatchObject([
    { status: 'problem', detail: 'there is no active job definition typo in us-gov-west-1' },
  ]);
  expect(judge({ status: 'INACTIVE' })).toMatchObject([
    { status: 'problem', detail: 'vecoli-dind-build:3 is INACTIVE' },
  ]);
});

it('reports a socket that is missing or mounted elsewhere', () => {
  for (const mounts of [[], [{ hostPath: '/var/run/docker.sock', containerPath: '/tmp/docker.sock' }]])
    expect(judge({ mounts })).toMatchObject([{ status: 'problem', detail: expect.stringContaining('does not mount') }]);
  expect(judge({ mounts: [{ hostPath: '/run/docker.sock', containerPath: '/var/run/docker.sock' }] })).toMatchObject([
    { status: 'ok' },
  ]);
});

it('warns of unnecessary privileges, and of a user other than root', () => {
  expect(judge({ privileged: true })).toMatchObject([
    { status: 'warning', detail: expect.stringContaining('privileged') },
  ]);
  expect(judge({ user: '1000' })).toMatchObject([
    { status: 'warning', detail: expect.stringContaining('runs as 1000') },
  ]);
  for (const user of [undefined, '', '0', 'root:root']) expect(judge({ user })).toMatchObject([{ status: 'ok' }]);
});

it('distinguishes another script of the same contract, one of another contract, and none', () => {
  expect(judge({ command: starting('older') })).toMatchObject([
    { status: 'warning', detail: expect.stringContaining('of another version, of the same contract') },
  ]);
  expect(judge({ command: starting(script, 99) })).toMatchObject([
    { status: 'problem', detail: expect.stringContaining('contract 99') },
  ]);
  expect(judge({ command: ['sh', '-c', 'echo hello'] })).toMatchObject([
    { status: 'problem', detail: expect.stringContaining('does not start the builder script') },
  ]);
});

it('reports a job definition whose command contains the whole script', () => {
  expect(judge({ command: ['sh', '-c', script] })).toMatchObject([
    { status: 'problem', detail: expect.stringContaining('AWS Batch may refuse jobs above 2048') },
  ]);
});

it('reports a run limit that the job definition does not allow', () => {
  expect(judge({ timeoutSeconds: 3600 })).toEqual([
    {
      name: 'job definition',
      status: 'problem',
      detail: 'vecoli-dind-build:3 limits jobs to 3600 s, but BUILD_TIMEOUT_SECONDS accepts recipes of up to 10800 s',
      advice: 'set BUILD_TIMEOUT_SECONDS=3600',
    },
  ]);
  expect(judge({ timeoutSeconds: 20_000 })).toMatchObject([{ status: 'ok' }]);
  expect(judge({ timeoutSeconds: undefined })).toMatchObject([{ status: 'ok' }]);
});

it('warns where no run limit is set beside a job definition with one', () => {
  const asker = { region: 'us-gov-west-1', builderScript: script };
  expect(judgeJobDefinition('job definition', 'vecoli-dind-build', facts, asker)).toMatchObject([
    { status: 'warning', advice: 'set BUILD_TIMEOUT_SECONDS=10800' },
  ]);
});
